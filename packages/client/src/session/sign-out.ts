import { isStoreLocked } from '../oauth-client-error.js';
import { type ClientChoice, clientOfTokens } from '../registration/choose-client.js';
import type { ServerBinding, TokenSet } from '../stores/records.js';
import type { SessionRecords } from '../stores/session-records.js';
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

/** What was removed: tokens that the server may be told of, or nothing that could be read. */
export type RemovedSignIn =
  | { readonly tokens: TokenSet }
  | { readonly tokens: undefined; readonly outcome: 'was_signed_out' | 'not_revoked' };

/** Least is known of the first one to have ended. */
const FROM_WORST = ['not_revoked', 'not_revocable', 'not_renewable', 'revoked'] as const satisfies readonly SignOut[];

/** What is to be told of several. */
export function worstOf(outcomes: readonly SignOut[]): SignOut {
  return FROM_WORST.find((outcome) => outcomes.includes(outcome)) ?? 'was_signed_out';
}

/**
 * Removes what is kept of a sign-in, in the name whose records these are. What a key is missing for is removed unread, as
 * far as it can be named: nobody stays signed in because of that. Where a client that was registered by hand is held to goes on being kept.
 *
 * @throws {OAuthClientError} `store_failed`
 */
export async function removeSignIn(
  records: SessionRecords,
  load: () => Promise<TokenSet | undefined>,
  knownServer: KnownServer,
): Promise<RemovedSignIn> {
  let tokens: TokenSet | undefined;
  try {
    tokens = await load();
  } catch (error) {
    if (!isStoreLocked(error)) throw error;
    const place = (await records.loadBinding().catch(() => undefined)) ?? (await findPlace(knownServer));
    if (place !== undefined) await records.removeTokens(place);
    await records.removeBinding();
    return { tokens: undefined, outcome: 'not_revoked' };
  }
  if (tokens !== undefined) await records.removeTokens(tokens);
  await records.removeBinding();
  return tokens === undefined ? { tokens, outcome: 'was_signed_out' } : { tokens };
}

/** Where the tokens of a server are that says so itself. */
async function findPlace(knownServer: KnownServer): Promise<ServerBinding | undefined> {
  try {
    const { authorizationServer, resource, isLegacy } = knownServer.last() ?? (await knownServer.discover(undefined));
    return { issuer: authorizationServer.issuer, resource, isLegacy };
  } catch {
    return undefined;
  }
}

/**
 * Tells the authorization server to end tokens (RFC 7009): the refresh token first, since with it the grant ends at most
 * servers. They are gone from here before: a server that is gone, or that wants to be waited for, keeps nobody signed in.
 */
export async function endTokens(choice: ClientChoice, knownServer: KnownServer, tokens: TokenSet): Promise<SignOut> {
  try {
    return await revoke(choice, knownServer, tokens);
  } catch {
    return 'not_revoked';
  }
}

async function revoke(choice: ClientChoice, knownServer: KnownServer, tokens: TokenSet): Promise<SignOut> {
  const server = await knownServer.of(tokens);
  if (server.revocationEndpoint === undefined) return 'not_revocable';
  const known = await clientOfTokens(choice, server, tokens);
  if (known === undefined) return 'not_revoked';
  const { refreshToken, accessToken } = tokens;
  const end = (token: string, hint: 'refresh_token' | 'access_token') =>
    requestRevocation(choice.transport, server, known.client, token, hint);
  const refresh = refreshToken === undefined ? undefined : await end(refreshToken, 'refresh_token');
  const access = await end(accessToken, 'access_token');
  if (access === 'ended') return refresh === undefined || refresh === 'ended' ? 'revoked' : 'not_revoked';
  return access === 'unsupported_token_type' && refresh === 'ended' ? 'not_renewable' : 'not_revoked';
}
