import { checkDpopNonce, type DpopNonces, type Platform } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { type DpopRefusal, useOfDpopProof, verifyDpopProof } from '@portcullis/protocol/dpop-proof';
import { singleHeader } from '../resource/presented-headers.js';
import type { ReplayMemory } from './replay-memory.js';

/** What {@link createProofOfPossession} goes by. */
export interface ProofOfPossessionOptions {
  readonly platform: Pick<Platform, 'clock' | 'hash'>;
  readonly replayMemory: ReplayMemory;
  /** Those that a proof has to have one of; undefined where it needs none. */
  readonly nonces: DpopNonces | undefined;
}

/** A request whose token is good, and bound to a key. */
export interface BoundRequest {
  readonly method: string;
  /** The address that its client called, as configuration has it: query and fragment are not looked at. */
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** As it came. */
  readonly accessToken: string;
  /** The thumbprint of the key that the token is bound to. */
  readonly proofKey: string;
}

/** Why a proof proves nothing, or is not enough. */
export type ProofFailureReason = DpopRefusal;

/** A failure, with the error that clients are told (RFC 9449 §7.1, §9). */
export interface ProofFailure {
  readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce';
  readonly reason: ProofFailureReason;
  /** With `use_dpop_nonce`: the one to use. */
  readonly nonce?: string;
}

/** A proof that is in order, and was not held against the memory yet. */
export interface CheckedProof {
  /** The newest nonce, where the proof had an older one: for `DPoP-Nonce` of the answer (RFC 9449 §8.2). */
  readonly newerNonce: string | undefined;
  /**
   * Uses the proof up; the failure where it was before. The last step of finding out who asks: a request that is refused
   * before it uses up nothing.
   * Rejects where the memory cannot tell.
   */
  use(): Promise<ProofFailure | undefined>;
}

/** Checks proofs of possession. */
export interface ProofOfPossession {
  /** Checks the proof that came with a request, by all but the memory. Never rejects. */
  check(request: BoundRequest): Promise<Result<CheckedProof, ProofFailure>>;
}

/**
 * Checks that whoever sends a token holds the key it is bound to (RFC 9449 §7.1, §4.3): exactly one `DPoP` header, with a
 * proof for this method, this address and this token, made just now by that key; a nonce of this server where one is
 * needed (§9); and that the proof was not used before (§11.1). What is cheap comes first, and the memory last.
 */
export function createProofOfPossession({
  platform,
  replayMemory,
  nonces,
}: ProofOfPossessionOptions): ProofOfPossession {
  const { clock, hash } = platform;

  return {
    async check({ method, url, rawHeaders, accessToken, proofKey }) {
      const header = singleHeader(rawHeaders, 'dpop');
      if (header === undefined) return invalid('dpop_proof_missing');
      if (header === 'twice') return invalid('dpop_proof_repeated');
      const verified = await verifyDpopProof(header.value, {
        method,
        url,
        nowEpochSeconds: clock.nowEpochSeconds(),
        accessTokenHash: hash(accessToken),
      });
      if (!verified.ok) return invalid(verified.failure);
      const proof = verified.value;
      if (proof.keyThumbprint !== proofKey) return invalid('dpop_proof_key_mismatch');
      const nonce = await checkDpopNonce(nonces, proof.nonce);
      if (!nonce.ok) return fail({ error: 'use_dpop_nonce', ...nonce.failure });
      return succeed({
        newerNonce: nonce.value,
        async use() {
          const { proofHash, expiresAtEpochSeconds } = useOfDpopProof(proof, hash);
          const isNew = await replayMemory.use(proofHash, expiresAtEpochSeconds, clock.nowEpochSeconds(), proofKey);
          // Exactly true: what another memory answers in its own words is no word for a new proof.
          return isNew === true ? undefined : invalid('dpop_proof_replayed').failure;
        },
      });
    },
  };
}

function invalid(reason: ProofFailureReason): { readonly ok: false; readonly failure: ProofFailure } {
  return { ok: false, failure: { error: 'invalid_dpop_proof', reason } };
}
