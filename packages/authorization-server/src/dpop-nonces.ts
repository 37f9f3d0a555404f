import { type Clock, createDpopNonces, type DpopNonces, dpopNoncePurpose } from '@portcullis/ports';
import type { Settings } from './settings.js';

/** The nonces of an issuer for its own endpoints (RFC 9449 §8), those of its origin; undefined where proofs need none. */
export function openDpopNonces(
  { issuer, dpop: { requireNonce, nonceSecret } }: Pick<Settings, 'issuer' | 'dpop'>,
  clock: Clock,
): DpopNonces | undefined {
  if (!requireNonce || nonceSecret === undefined) return undefined;
  return createDpopNonces(nonceSecret, dpopNoncePurpose(issuer), clock);
}
