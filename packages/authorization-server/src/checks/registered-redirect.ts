import type { Client } from '@portcullis/ports';
import { fail, matchesRedirectUri, parseRedirectUri, type RedirectUri, type Result } from '@portcullis/protocol';

/** Why a browser may not be sent to an address. `redirect_uri_not_allowed` is one that was registered under other rules:
 * its scheme is not, or no longer, among those the operator lists, or its query names what the answer carries. */
export type RegisteredRedirectFailure = 'redirect_uri_not_registered' | 'redirect_uri_not_allowed';

/**
 * The redirect URI that a client registered and `presented` means, an equal one before one whose loopback port differs
 * (OAuth 2.1 §4.1.1). It is held against the rules of now, not those it was registered under: what the operator takes
 * off the list is refused to the clients that are here already, too.
 *
 * @param privateSchemes - what the operator lists now
 */
export function findRegisteredRedirect(
  { redirectUris }: Pick<Client, 'redirectUris'>,
  presented: string,
  privateSchemes: readonly string[],
): Result<RedirectUri, RegisteredRedirectFailure> {
  const registered =
    redirectUris.find((uri) => uri === presented) ?? redirectUris.find((uri) => matchesRedirectUri(uri, presented));
  if (registered === undefined) return fail('redirect_uri_not_registered');
  const parsed = parseRedirectUri(registered, privateSchemes);
  return parsed.ok ? parsed : fail('redirect_uri_not_allowed');
}
