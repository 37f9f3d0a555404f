import type { ConsentedDescription, DescriptionChange } from '@portcullis/ports';
import { displayText, parseRedirectUri, parseUrl } from '@portcullis/protocol';

/** A client as it is described now, and the redirect URI, as registered, that the answer of this request goes to. */
export interface DescribedNow {
  readonly client: ConsentedDescription;
  readonly answersAt: string | undefined;
}

/**
 * What a client says otherwise of itself than it did `before`, as a page may show it: what a consent depends on and nothing
 * else, the most telling first. Empty where it says the same.
 */
export function findDescriptionChanges(
  before: ConsentedDescription,
  { client, answersAt }: DescribedNow,
): readonly DescriptionChange[] {
  const changes: DescriptionChange[] = [];
  if (before.clientName !== client.clientName) {
    changes.push({ member: 'name', was: visible(before.clientName), is: visible(client.clientName) });
  }
  const gone = without(before.redirectUris, client.redirectUris, answersAt);
  const added = without(client.redirectUris, before.redirectUris, answersAt);
  if (gone.length > 0 || added.length > 0) changes.push({ member: 'redirects', gone, added });
  if (before.clientUri !== client.clientUri) {
    changes.push({ member: 'website', was: address(before.clientUri), is: address(client.clientUri) });
  }
  const { tokenEndpointAuthMethod: was } = before;
  const { tokenEndpointAuthMethod: is } = client;
  if (was !== is) changes.push({ member: 'authentication', was, is });
  if (before.jwks !== client.jwks || before.jwksUri !== client.jwksUri) changes.push({ member: 'keys' });
  return changes;
}

/**
 * Those of `uris` that `others` do not have. A page may show the first of them alone, so that a client which lists many must not
 * be able to choose which: where this answer goes, then what is at a place that `others` do not know.
 */
function without(uris: readonly string[], others: readonly string[], answersAt: string | undefined): readonly string[] {
  const places = new Set(others.map(placeOf));
  const rank = (uri: string): number => {
    if (uri === answersAt) return 0;
    return places.has(placeOf(uri)) ? 2 : 1;
  };
  const missing = [...new Set(uris)].filter((uri) => !others.includes(uri));
  return missing.sort((a, b) => rank(a) - rank(b)).map(visible);
}

/** The host of a web or loopback address; of any other the scheme, since what is behind that is no host. */
function placeOf(uri: string): string {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase();
  const parsed = parseRedirectUri(uri, [scheme]);
  if (!parsed.ok) return uri;
  return parsed.value.kind === 'private-use' ? parsed.value.scheme : parsed.value.authority.toLowerCase();
}

/** Without what could pass for its host: a user in front of it, a backslash behind it. */
function address(uri: string | undefined): string | undefined {
  const url = uri === undefined ? undefined : parseUrl(uri);
  if (url === undefined) return uri === undefined ? undefined : visible(uri);
  url.username = '';
  url.password = '';
  return visible(url.href);
}

/** Nothing is cut here: who shows it knows how much room there is. */
function visible(text: string): string {
  return displayText(text, Number.POSITIVE_INFINITY);
}
