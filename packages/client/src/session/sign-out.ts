import { type ClientChoice, recallClient } from '../registration/choose-client.js';
import type { TokenSet } from '../stores/records.js';
import { requestRevocation } from '../tokens/revocation.js';
import type { KnownServer } from './known-server.js';

/** What came of signing out. The tokens are gone from here in every case. */
export type SignOut =
  | 'was_signed_out'
  /** The authorization server has ended them. */
  | 'revoked'
  /** It has ended the refresh token, and cannot end the access token: that ends by itself, and has no successor. */
  | 'not_renewable'
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
  if (server.revocationEndpoint === undefined) return 'not_revocable';
  const client = await recallClient(choice, server, tokens, undefined);
  if (client?.registration.clientId !== tokens.clientId) return 'not_revoked';
  const { refreshToken, accessToken } = tokens;
  const end = (token: string, hint: 'refresh_token' | 'access_token') =>
    requestRevocation(choice.transport, server, client, token, hint);
  const refresh = refreshToken === undefined ? undefined : await end(refreshToken, 'refresh_token');
  const access = await end(accessToken, 'access_token');
  if (access === 'ended') return refresh === undefined || refresh === 'ended' ? 'revoked' : 'not_revoked';
  return access === 'unsupported_token_type' && refresh === 'ended' ? 'not_renewable' : 'not_revoked';
}
