import { type Clock, createDpopNonces, type DpopNonces } from '@portcullis/ports';
import type { Settings } from './settings.js';

/** The nonces of an issuer for its own endpoints (RFC 9449 §8); undefined where proofs need none. */
export function openDpopNonces(
  { issuer, dpop: { requireNonce, nonceSecret } }: Pick<Settings, 'issuer' | 'dpop'>,
  clock: Clock,
): DpopNonces | undefined {
  if (!requireNonce || nonceSecret === undefined) return undefined;
  return createDpopNonces(nonceSecret, `authorization server ${issuer}`, clock);
}
