import { createSealer, fromBase64Url, type Platform, type Sealer } from '@portcullis/ports';
import type { Issuer } from '@portcullis/protocol';
import { describeRefusal, type RefusalReason } from '../refusals.js';

/** The request a response belongs to. */
interface Answered {
  readonly redirectUri: string;
  readonly state: string | undefined;
}

/** Where the browser goes with a code (OAuth 2.1 §4.1.2, RFC 9207). */
export function buildCodeLocation(request: Answered, code: string, issuer: Issuer): string {
  return appendParameters(request.redirectUri, { code, state: request.state, iss: issuer });
}

/** Where the browser goes with an error (OAuth 2.1 §4.1.2.1, RFC 9207). */
export function buildErrorLocation(request: Answered, reason: RefusalReason, issuer: Issuer): string {
  const { error, description } = describeRefusal(reason);
  return appendParameters(request.redirectUri, {
    error,
    error_description: description,
    state: request.state,
    iss: issuer,
  });
}

/** Appends to the URI as text: what was registered stays as it was written, its own query included. */
function appendParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.append(name, value);
  }
  return `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`;
}

/**
 * Seals the answer to a transaction, so that a form that was sent twice is answered alike. The key comes from what only
 * this browser has, the handle and its cookie: the store alone opens nothing.
 */
export function createResponseSealer(platform: Platform, handle: string, browser: string): Sealer {
  const digest = platform.hash(`portcullis authorization response\n${handle}\n${browser}`);
  const secret = fromBase64Url(digest);
  if (secret === undefined) throw new Error('the hash of this platform is no base64url');
  return createSealer(secret, 'authorization response', platform.random);
}
