import type { EpochSeconds, Sha256 } from '../names.js';
import { DPOP_PROOF_WINDOW_SECONDS, type DpopProof } from './dpop-proof.js';

/**
 * For how long a proof is remembered beyond its time: by so much the clock may be set back, or that of a replica be behind
 * another's, before a proof that was forgotten is in its time again.
 */
export const DPOP_MEMORY_MARGIN_SECONDS = 60;

/** What a server remembers of a proof. */
export interface DpopProofUse {
  readonly proofHash: Sha256;
  /** Until when; from then on it may be forgotten. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/**
 * What a server remembers of a proof that it takes, so that it takes none twice (RFC 9449 §11.1): its key and its `jti`, and
 * not its address or its text, since one address and one signature can be written in more than one way. For as long as the
 * proof can be in its time and {@link DPOP_MEMORY_MARGIN_SECONDS} more; a second more than that, since the window includes
 * its end.
 *
 * @param hash - SHA-256
 */
export function useOfDpopProof(
  { keyThumbprint, proofId, issuedAtEpochSeconds }: DpopProof,
  hash: (text: string) => Sha256,
): DpopProofUse {
  return {
    proofHash: hash(JSON.stringify([keyThumbprint, proofId])),
    expiresAtEpochSeconds: Math.ceil(issuedAtEpochSeconds) + DPOP_PROOF_WINDOW_SECONDS + DPOP_MEMORY_MARGIN_SECONDS + 1,
  };
}
