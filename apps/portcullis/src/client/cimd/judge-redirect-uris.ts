import { isListableScheme, type JsonValue, parseRedirectUri, type RedirectUriFailure } from '@portcullis/protocol';
import { advice, type Finding, fault, quote } from './finding.js';

const WORDS: Readonly<Record<RedirectUriFailure, string>> = {
  too_long: 'is longer than 2048 characters',
  malformed: 'is no URI in printable ASCII, or has a host that cannot be one (write it in punycode)',
  fragment: 'has a fragment (#…)',
  wildcard: 'has a * in it: redirect URIs are compared as they stand, so name each one',
  response_parameter:
    'has in its query what the answer carries (code, state, iss, error, error_description, error_uri or response), which would be there twice (RFC 6749 §3.1)',
  user_info: 'has a user or password in it',
  scheme_not_allowed: 'has a scheme that runs code, reads files or belongs to no application',
  plain_http: 'is plain http to another computer: use https; http is for 127.0.0.1, [::1] and localhost',
};

/** Judges each redirect URI by the parser that the authorization server has. What is no list of texts is not looked at. */
export function judgeRedirectUris(value: JsonValue | undefined): readonly Finding[] {
  const uris = Array.isArray(value) ? value.filter((uri): uri is string => typeof uri === 'string') : [];
  return [...uris.flatMap(judgeRedirectUri), ...judgeLoopbackNames(uris)];
}

function judgeRedirectUri(uri: string): readonly Finding[] {
  const parsed = parseRedirectUri(uri, []);
  if (parsed.ok) return [];
  const member = 'redirect_uris';
  const [scheme = ''] = uri.toLowerCase().split(':', 1);
  if (parsed.failure === 'scheme_not_allowed' && isListableScheme(scheme)) {
    const words = `has the private-use scheme ${scheme}: an authorization server takes it only where its operator lists that scheme, and leaves it out otherwise`;
    return [advice('redirect-uri', `${quote(uri)} ${words}`, member)];
  }
  return [fault('redirect-uri', `${quote(uri)} ${WORDS[parsed.failure]}`, member)];
}

/** RFC 8252 §8.3: what `localhost` leads to is for the resolver of each computer to say. */
function judgeLoopbackNames(uris: readonly string[]): readonly Finding[] {
  const isAt = (host: RegExp): boolean => uris.some((uri) => host.test(uri));
  const isByNameOnly = isAt(/^http:\/\/localhost[:/?]/) && !isAt(/^http:\/\/(?:127\.0\.0\.1|\[::1\])[:/?]/);
  return isByNameOnly
    ? [
        advice(
          'redirect-uri',
          'add http://127.0.0.1/… beside http://localhost/…: the address cannot lead anywhere else (RFC 8252 §8.3)',
          'redirect_uris',
        ),
      ]
    : [];
}
