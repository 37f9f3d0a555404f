import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';

/** Longest redirect URI that is registered or compared. */
const MAX_REDIRECT_URI_LENGTH = 2048;

/**
 * Schemes that run code, read local data, start a program of the system's, or are of a protocol and so no application's own; no
 * operator can allow them.
 */
const DANGEROUS_SCHEMES: ReadonlySet<string> = new Set([
  'about',
  'afp',
  'android-app',
  'blob',
  'callto',
  'chrome',
  'cid',
  'cifs',
  'content',
  'data',
  'devtools',
  'edge',
  'extension',
  'facetime',
  'feed',
  'file',
  'filesystem',
  'ftp',
  'ftps',
  'git',
  'gopher',
  'hcp',
  'http',
  'https',
  'imap',
  'intent',
  'irc',
  'itms',
  'itms-apps',
  'itms-services',
  'its',
  'jar',
  'javascript',
  'jdbc',
  'ldap',
  'ldaps',
  'livescript',
  'magnet',
  'mailto',
  'market',
  'mhtml',
  'mid',
  'mk',
  'mms',
  'mocha',
  'news',
  'nfs',
  'nntp',
  'rdp',
  'res',
  'resource',
  'rlogin',
  'rtsp',
  'scp',
  'search',
  'search-ms',
  'sftp',
  'shell',
  'sip',
  'sips',
  'smb',
  'sms',
  'smsto',
  'ssh',
  'svn',
  'tel',
  'telnet',
  'urn',
  'vbscript',
  'view-source',
  'vnc',
  'webdav',
  'ws',
  'wss',
  'wyciwyg',
]);

/** The same by families: handlers of Windows, pages of a browser's own, and extensions of whichever browser. */
const DANGEROUS_FAMILIES = /^ms-|^chrome-|-extension$/;

function isDangerous(scheme: string): boolean {
  return DANGEROUS_SCHEMES.has(scheme) || DANGEROUS_FAMILIES.test(scheme);
}

/**
 * What an answer carries (RFC 6749 §4.1.2, §4.1.2.1, RFC 9207 §2). It is appended to the query of the redirect
 * URI, and no parameter may be in an answer twice (RFC 6749 §3.1).
 */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Where a redirect URI leads: a host on the web, a port of this computer, or whatever claimed a private scheme. */
export type RedirectUriKind = 'https' | 'loopback' | 'private-use';

/** A redirect URI that may be registered. `uri` is the text exactly as it came. */
export interface RedirectUri {
  readonly uri: string;
  readonly kind: RedirectUriKind;
  /** In lower case, without the colon. */
  readonly scheme: string;
  /** Host with its port where one is written; empty where the URI has none. */
  readonly authority: string;
}

/** Why a redirect URI may not be registered. */
export type RedirectUriFailure =
  | 'too_long'
  | 'malformed'
  | 'fragment'
  | 'wildcard'
  | 'response_parameter'
  | 'user_info'
  | 'scheme_not_allowed'
  | 'plain_http';

/**
 * Parses a redirect URI for registration (OAuth 2.1 §2.3.1, RFC 8252 §7): `https`, `http` to a loopback literal or
 * `localhost`, or a private-use scheme that the operator listed. The text is judged as it stands, before any URL parser
 * could repair it: printable ASCII only, no backslash, no fragment, no wildcard, no user, and no query that names what the
 * answer will. Hosts with characters beyond ASCII must come as punycode.
 *
 * @param privateSchemes - what the operator listed, in lower case; see {@link isListableScheme}
 */
export function parseRedirectUri(
  uri: string,
  privateSchemes: readonly string[],
): Result<RedirectUri, RedirectUriFailure> {
  if (uri.length > MAX_REDIRECT_URI_LENGTH) return fail('too_long');
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?(.*)$/.exec(uri);
  if (parts === null || !/^[\x21-\x7e]+$/.test(uri) || /["<>\\^`{|}]/.test(uri)) return fail('malformed');
  const scheme = (parts[1] ?? '').toLowerCase();
  const authority = parts[2] ?? '';
  if (uri.includes('#')) return fail('fragment');
  if (uri.includes('*')) return fail('wildcard');
  if (authority.includes('@')) return fail('user_info');
  if (namesResponseParameter(uri)) return fail('response_parameter');

  if (scheme === 'https' || scheme === 'http') {
    if (!/^[A-Za-z0-9.-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$/.test(authority)) return fail('malformed');
    if (parseUrl(uri) === undefined) return fail('malformed');
    if (scheme === 'https') return succeed({ uri, kind: 'https', scheme, authority });
    return splitLoopback(uri) === undefined
      ? fail('plain_http')
      : succeed({ uri, kind: 'loopback', scheme, authority });
  }
  if (isDangerous(scheme) || !privateSchemes.includes(scheme)) return fail('scheme_not_allowed');
  return succeed({ uri, kind: 'private-use', scheme, authority });
}

/** Names are decoded as whoever reads the answer decodes them. */
function namesResponseParameter(uri: string): boolean {
  const query = uri.includes('?') ? uri.slice(uri.indexOf('?') + 1) : '';
  const names = new URLSearchParams(query);
  return RESPONSE_PARAMETERS.some((name) => names.has(name));
}

/**
 * Those of `uris` that may be registered, in their order; the others are left out. Several applications list a
 * private-use scheme beside the https or loopback redirect they can do with.
 */
export function keepAllowedRedirectUris(
  uris: readonly string[],
  privateSchemes: readonly string[],
): readonly RedirectUri[] {
  return uris.flatMap((uri) => {
    const parsed = parseRedirectUri(uri, privateSchemes);
    return parsed.ok ? [parsed.value] : [];
  });
}

/** Whether an operator may list `scheme` as a private-use scheme: a scheme in lower case, and not a dangerous one. */
export function isListableScheme(scheme: string): boolean {
  return /^[a-z][a-z0-9+.-]*$/.test(scheme) && !isDangerous(scheme);
}

/**
 * Whether a presented redirect URI is the registered one (OAuth 2.1 §4.1.1): the same string, character for character.
 * For loopback redirects the port alone may differ (RFC 8252 §7.3), 1 to 65535, written without leading zeros.
 * Nothing is decoded, folded or resolved first.
 */
export function matchesRedirectUri(registered: string, presented: string): boolean {
  if (registered === presented) return true;
  if (presented.length > MAX_REDIRECT_URI_LENGTH) return false;
  const expected = splitLoopback(registered);
  const actual = splitLoopback(presented);
  return (
    expected !== undefined && actual !== undefined && expected.host === actual.host && expected.rest === actual.rest
  );
}

/** The loopback host literal of an `http` URI and what follows its port; undefined where it is no loopback redirect. */
function splitLoopback(uri: string): { host: string; rest: string } | undefined {
  const parts = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?((?:[/?][\x21-\x7e]*)?)$/.exec(uri);
  if (parts === null || Number(parts[2] ?? 80) > 65535) return undefined;
  return { host: parts[1] ?? '', rest: parts[3] ?? '' };
}
