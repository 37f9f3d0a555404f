import { allowInsecureRequests, customFetch, revocationRequest } from 'oauth4webapi';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { clientAuthentication, type ProvenClient } from './client-authentication.js';
import { endpointFetch } from './endpoint-fetch.js';
import { parseTokenResponse } from './token-response.js';

/** What came of asking a server to end a token. */
export type RevocationAnswer =
  /** It is over, or was never there (RFC 7009 §2.2). */
  | 'ended'
  /** The server cannot end tokens of this type (RFC 7009 §2.2.1), as most cannot who issue JWTs. */
  | 'unsupported_token_type'
  /** The server does not know the client, or does not believe it. */
  | 'invalid_client'
  /** Anything else: nothing is known of the token. */
  | 'not_ended';

/**
 * Asks an authorization server to end a token (RFC 7009 §2.1). Undefined where it has no way to be asked.
 *
 * @throws {OAuthClientError} where there is no answer
 */
export async function requestRevocation(
  transport: Transport,
  server: AuthorizationServerMetadata,
  client: ProvenClient,
  token: string,
  hint: 'refresh_token' | 'access_token',
): Promise<RevocationAnswer | undefined> {
  const { issuer, revocationEndpoint } = server;
  if (revocationEndpoint === undefined) return undefined;
  const response = await revocationRequest(
    { issuer, revocation_endpoint: revocationEndpoint },
    { client_id: client.registration.clientId },
    clientAuthentication(client),
    token,
    {
      additionalParameters: { token_type_hint: hint },
      // The scheme was vetted with the metadata: http leads to this computer only.
      [allowInsecureRequests]: true,
      [customFetch]: endpointFetch(transport),
    },
  );
  if (response.status === 200) return 'ended';
  // Its errors are those of the token endpoint (RFC 7009 §2.2.1).
  const answer = parseTokenResponse(response.status, new Uint8Array(await response.arrayBuffer()));
  const error = !answer.ok && answer.failure.kind === 'refused' ? answer.failure.error : undefined;
  return error === 'unsupported_token_type' || error === 'invalid_client' ? error : 'not_ended';
}
