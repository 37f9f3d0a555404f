import { type DeviceCodeOptions, deviceCode, type Grant, OAuthClientError } from '@portcullis/client';
import { PROGRAM_NAME } from '../program-name.js';

/** What the operator of a gate of ours does for a device, and what whoever has it does then. */
const HOW_TO_ADD = `Where it is a gate of Portcullis, its operator adds one with: ${PROGRAM_NAME} clients add NAME --grant device_code --grant refresh_token. Then sign in with: --device --client-id ID`;

/** {@link deviceCode}, whose failures for want of a client say how there comes to be one. */
export function deviceGrant(options: DeviceCodeOptions): Grant {
  const grant = deviceCode(options);
  return {
    ...grant,
    async obtain(context) {
      try {
        return await grant.obtain(context);
      } catch (error) {
        if (!(error instanceof OAuthClientError) || !isForWantOfClient(error)) throw error;
        const { code, message, ...details } = error;
        throw new OAuthClientError(code, `${message} ${HOW_TO_ADD}`, { ...details, cause: error });
      }
    },
  };
}

function isForWantOfClient({ code, error }: OAuthClientError): boolean {
  return code === 'registration_refused' || code === 'registration_unavailable' || error === 'unauthorized_client';
}
