import { isBase64UrlOf32Octets } from '../text/base64-url.js';

/** The only challenge method (OAuth 2.1 §4.1.1). `plain` proves nothing to whoever sees the request. */
export const CODE_CHALLENGE_METHOD = 'S256';

/**
 * Whether `text` can be an S256 challenge: the base64url form of 32 bytes, which is always 43 characters
 * (RFC 7636 §4.2). No verifier meets one that is not.
 */
export function isCodeChallenge(text: string): boolean {
  return isBase64UrlOf32Octets(text);
}

/** Whether `text` is a code verifier: 43 to 128 unreserved characters (RFC 7636 §4.1). */
export function isCodeVerifier(text: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(text);
}
