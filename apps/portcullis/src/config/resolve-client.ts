import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { ConfigProblem } from './config-problem.js';
import type { ClientInput } from './schema/client-schema.js';
import { checkClientSecret, readSecret, type SecretSource } from './secret-source.js';

/** A configured client as the authorization server knows clients: of its secret only the hash goes on. */
export function resolveClient(
  input: ClientInput,
  source: SecretSource,
  report: (problem: ConfigProblem) => void,
): Client {
  let clientSecretHash: string | undefined;
  if (input.clientSecret !== undefined) {
    const secret = readSecret(input.clientSecret, source);
    const problem = secret.ok ? checkClientSecret(secret.value) : secret.failure;
    if (problem !== undefined) report({ path: ['clientSecret'], message: problem });
    else if (secret.ok) clientSecretHash = nodePlatform.hash(secret.value);
  }
  return {
    tenantId: DEFAULT_TENANT,
    clientId: input.clientId,
    source: 'configured',
    clientName: input.clientName,
    redirectUris: input.redirectUris,
    tokenEndpointAuthMethod:
      input.tokenEndpointAuthMethod ?? (input.clientSecret === undefined ? 'none' : 'client_secret_basic'),
    clientSecretHash,
    jwks: undefined,
    jwksUri: undefined,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: undefined,
    applicationType: input.redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native',
    clientUri: undefined,
    createdAtEpochSeconds: 0,
    document: undefined,
  };
}
