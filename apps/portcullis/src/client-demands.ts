import { clientDemandsText } from '@portcullis/web';
import type { GatewayConfig, UpstreamConfig } from './config/gateway-config.js';

/** Which clients get in to one server of this gate, in words; undefined where any MCP client does. */
export function demandsOfGate(
  { pushedAuthorizationRequests }: Pick<GatewayConfig, 'pushedAuthorizationRequests'>,
  { dpop }: Pick<UpstreamConfig, 'dpop'>,
): string | undefined {
  return clientDemandsText({
    pushedRequests: pushedAuthorizationRequests === 'required',
    boundTokens: dpop.required,
  });
}
