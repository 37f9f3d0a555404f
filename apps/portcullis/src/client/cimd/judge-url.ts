import { type ClientIdUrlFailure, looksLikeClientIdUrl, parseClientIdUrl } from '@portcullis/protocol';
import { advice, type Finding, fault, quote } from './finding.js';

const WORDS: Readonly<Record<ClientIdUrlFailure, string>> = {
  client_id_too_long: 'it is longer than 1024 characters',
  client_id_malformed:
    'it holds something that no URL has as it stands; percent-encode it, and write hosts in lower case',
  client_id_with_user: 'it has a user or password in it; leave them out',
  client_id_with_fragment: 'it has a fragment (#…); leave it out',
  client_id_without_path: 'it has no path; put the document below the root, at /client.json for one',
  client_id_with_dot_segment: 'its path has a segment that is . or .., written out or percent-encoded',
  client_id_not_canonical:
    'a URL parser writes it otherwise: no default port, no dot at the end of the host, the host in lower case and punycode',
};

/** Beyond this, people are shown more than they read. */
const LONG_URL = 200;

/**
 * Judges a URL as a client id (draft-ietf-oauth-client-id-metadata-document, "Client Identifier"), by the parser that the
 * authorization server has. Does not look its host up.
 */
export function judgeClientIdUrl(url: string): readonly Finding[] {
  if (!looksLikeClientIdUrl(url)) {
    return [
      fault(
        'client-id-url',
        `${quote(url)} is no https URL (${/^http:/i.test(url) ? 'it is plain http' : 'it does not begin with https://'}): a client id of this kind is one, without exception`,
      ),
    ];
  }
  const parsed = parseClientIdUrl(url);
  if (!parsed.ok)
    return [fault('client-id-url', `${quote(url)} cannot be a client id: ${tellFailure(parsed.failure, url)}`)];
  return [
    ...(url.includes('?')
      ? [advice('client-id-url', 'the URL has a query: the draft says that it should not, and some servers refuse it')]
      : []),
    ...(url.length > LONG_URL
      ? [
          advice(
            'client-id-url',
            `the URL has ${url.length} characters: people may be shown it, so a short one is better`,
          ),
        ]
      : []),
  ];
}

/** What no URL has as it stands (RFC 3986 §2). */
const STRANGE = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%#[\]]/u;

function tellFailure(failure: ClientIdUrlFailure, url: string): string {
  if (failure !== 'client_id_malformed') return WORDS[failure];
  const [strange] = STRANGE.exec(url) ?? [];
  if (strange !== undefined) return `it holds ${quote(strange)}, which no URL has as it stands; percent-encode it`;
  if (/%(?![0-9A-Fa-f]{2})/.test(url)) return 'it has a % that begins no escape; write it as %25';
  if (!/^https:\/\/[^/?]/.test(url)) return 'it does not begin with https:// in lower case and a host';
  if (/^https:\/\/[^/?]*[A-Z]/.test(url)) return 'its host has capital letters; write it in lower case';
  return WORDS[failure];
}
