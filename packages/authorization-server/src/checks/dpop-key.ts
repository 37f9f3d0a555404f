import { type AuthorizationRequest, fail, type Result, succeed } from '@portcullis/protocol';

/** The base64url of a SHA-256. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/**
 * The key that a request wants its code bound to, as its RFC 7638 thumbprint (`dpop_jkt`, RFC 9449 §10); undefined where it
 * names none. Nothing proves yet that the client holds it.
 */
export function checkDpopKey({
  dpopJkt,
}: Pick<AuthorizationRequest, 'dpopJkt'>): Result<string | undefined, 'dpop_key_malformed'> {
  return dpopJkt === undefined || THUMBPRINT.test(dpopJkt) ? succeed(dpopJkt) : fail('dpop_key_malformed');
}
