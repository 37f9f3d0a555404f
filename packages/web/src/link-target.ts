import { parseUrl } from '@portcullis/protocol';

/**
 * Schemes whose address is itself a program or a document of the page's making. A browser that follows one runs or
 * shows what the sender wrote, under a link that this origin vouched for.
 */
const ACTIVE_SCHEMES: ReadonlySet<string> = new Set([
  'about:',
  'blob:',
  'data:',
  'file:',
  'filesystem:',
  'javascript:',
  'vbscript:',
  'view-source:',
]);

/** White space and controls are trimmed or dropped by browsers, so what follows is not what was checked. */
const AMBIGUOUS = /[\s\p{Cc}\\]/u;

/**
 * Reads an address that a page is about to link or to refresh to. Private-use schemes, IPv6 literals and any port are
 * fine (RFC 8252 §7); `undefined` for what is not an absolute URL, for schemes that a browser executes, and for text
 * that browsers read differently than it is written. The address is returned exactly as it came.
 *
 * Does not check that the address is registered; that is the authorization server's part.
 */
export function parseLinkTarget(location: string): string | undefined {
  const url = AMBIGUOUS.test(location) ? undefined : parseUrl(location);
  return url === undefined || ACTIVE_SCHEMES.has(url.protocol) ? undefined : location;
}

/** Reads a link to documentation: `https:` or `http:` only, `undefined` for anything else. */
export function parseWebAddress(location: string): string | undefined {
  const target = parseLinkTarget(location);
  if (target === undefined) return undefined;
  return ['https:', 'http:'].includes(new URL(target).protocol) ? target : undefined;
}

/**
 * Reads a path on this origin, for a retry link. `undefined` for anything a browser would resolve to another origin:
 * `//host`, `/\host`, an absolute URL, or a path with white space or controls in it.
 */
export function parseSameOriginPath(path: string): string | undefined {
  return path.startsWith('/') && !path.startsWith('//') && !AMBIGUOUS.test(path) ? path : undefined;
}
