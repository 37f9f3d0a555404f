import { allowInsecureRequests, customFetch, revocationRequest } from 'oauth4webapi';
import { type ClientChoice, recallClient } from '../registration/choose-client.js';
import type { TokenSet } from '../stores/records.js';
import { clientAuthentication } from '../tokens/client-authentication.js';
import { endpointFetch } from '../tokens/endpoint-fetch.js';
import type { KnownServer } from './known-server.js';

/** What came of signing out. The tokens are gone from here in every case. */
export type SignOut =
  | 'was_signed_out'
  /** The authorization server has ended them. */
  | 'revoked'
  /** It has no way to be told (RFC 7009): they end by themselves. */
  | 'not_revocable'
  /** It could not be told, or did not agree: they end by themselves. */
  | 'not_revoked';

/**
 * Forgets tokens, and tells the authorization server to end them (RFC 7009): the refresh token first, since with it the
 * grant ends at most servers. They are deleted first: a server that is gone, or that wants to be waited for, keeps nobody
 * signed in.
 */
export async function signOut(
  choice: ClientChoice,
  knownServer: KnownServer,
  tokens: TokenSet | undefined,
): Promise<SignOut> {
  const { records } = choice;
  if (tokens === undefined) {
    await records.removeBinding();
    return 'was_signed_out';
  }
  await records.removeTokens(tokens);
  await records.removeBinding();
  try {
    return await revoke(choice, knownServer, tokens);
  } catch {
    return 'not_revoked';
  }
}

async function revoke(choice: ClientChoice, knownServer: KnownServer, tokens: TokenSet): Promise<SignOut> {
  const server = await knownServer.of(tokens);
  const endpoint = server.revocationEndpoint;
  if (endpoint === undefined) return 'not_revocable';
  const client = await recallClient(choice, server, tokens, undefined);
  if (client?.registration.clientId !== tokens.clientId) return 'not_revoked';
  let areAllRevoked = true;
  const { refreshToken, accessToken } = tokens;
  for (const [token, hint] of [
    [refreshToken, 'refresh_token'],
    [accessToken, 'access_token'],
  ] as const) {
    if (token === undefined) continue;
    const response = await revocationRequest(
      { issuer: server.issuer, revocation_endpoint: endpoint },
      { client_id: tokens.clientId },
      clientAuthentication(client),
      token,
      {
        additionalParameters: { token_type_hint: hint },
        // The scheme was vetted with the metadata: http leads to this computer only.
        [allowInsecureRequests]: true,
        [customFetch]: endpointFetch(choice.transport),
      },
    );
    areAllRevoked &&= response.status === 200;
  }
  return areAllRevoked ? 'revoked' : 'not_revoked';
}
