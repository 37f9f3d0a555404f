import { isBase64UrlOf32Octets } from '../text/base64-url.js';

/**
 * Whether `value` can be the thumbprint of a key, as `jkt` and `dpop_jkt` have it (RFC 9449 §6.1, §10): the base64url SHA-256 of
 * RFC 7638, which is always 43 characters.
 */
export function isKeyThumbprint(value: unknown): value is string {
  return typeof value === 'string' && isBase64UrlOf32Octets(value);
}
