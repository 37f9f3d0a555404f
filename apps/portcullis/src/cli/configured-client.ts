import { parsePublicJwkSet, parseStrictJson } from '@portcullis/protocol';
import { buildClient, defaultMethod } from '../config/resolve-client.js';
import type { ClientInput } from '../config/schema/client-schema.js';
import { type ClientView, viewRules } from './client-view.js';

/**
 * A client of the configuration as it is shown. Where its secret and keys are is not looked at: they need not be at hand
 * where somebody asks.
 */
export function viewConfiguredClient(input: ClientInput): ClientView {
  const { clientSecret, jwks, jwksUri } = input;
  const none = {
    source: 'configured',
    clientSecretHash: undefined,
    jwks: undefined,
    createdAtEpochSeconds: 0,
  } as const;
  const client = buildClient(input, none);
  const has = { hasKeys: jwks !== undefined || jwksUri !== undefined, hasSecret: clientSecret !== undefined };
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    source: client.source,
    tokenEndpointAuthMethod: input.tokenEndpointAuthMethod ?? defaultMethod(has),
    grantTypes: client.grantTypes,
    redirectUris: client.redirectUris,
    ...(client.scopes === undefined ? {} : { scopes: client.scopes }),
    ...(jwks === undefined ? {} : viewKeys(jwks)),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...viewRules(client),
  };
}

/** A set that holds a private key by mistake, which no gate starts with, is not shown. */
function viewKeys(jwks: NonNullable<ClientInput['jwks']>): Pick<ClientView, 'jwks' | 'jwksFile'> {
  if ('file' in jwks) return { jwksFile: jwks.file };
  const json = parseStrictJson(JSON.stringify(jwks));
  return json.ok && parsePublicJwkSet(json.value.value).ok ? { jwks } : {};
}
