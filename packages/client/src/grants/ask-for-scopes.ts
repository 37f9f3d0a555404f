import type { TokenAnswer } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import type { GrantContext, GrantedTokens } from './grant.js';

/**
 * Asks for the scopes of a grant without a person. Where nobody chose them and the server refuses them (`invalid_scope`), it
 * is asked once more without any, which leaves them to it (RFC 6749 §3.3): the MCP server lists what it knows, not what this
 * client was given.
 *
 * @param request - makes a token request with these parameters beside its own
 * @throws {OAuthClientError} where it is refused
 */
export async function askForScopes(
  { scopes, mayOmitScopes }: Pick<GrantContext, 'scopes' | 'mayOmitScopes'>,
  request: (scope: Readonly<Record<string, string>>) => Promise<TokenAnswer>,
): Promise<Pick<GrantedTokens, 'response' | 'asked'>> {
  const first = await request(scopes.length === 0 ? {} : { scope: scopes.join(' ') });
  if (first.ok) return { response: first.value };
  const isOfScopes = first.failure.kind === 'refused' && first.failure.error === 'invalid_scope';
  if (!isOfScopes || !mayOmitScopes || scopes.length === 0) throw tokenRefusal(first, scopes);
  const second = await request({});
  if (!second.ok) throw tokenRefusal(second);
  return { response: second.value, asked: [] };
}
