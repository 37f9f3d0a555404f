import type { EpochSeconds, Sha256 } from '@portcullis/protocol';

/** Remembers the proofs that were used, so that none is good twice (RFC 9449 §11.1). */
export interface ReplayMemory {
  /**
   * Uses a proof up: of any number of callers at once, one is answered true. One that throws or rejects lets nobody in:
   * the request is answered 503, and `onFault` of the resource hears of it.
   *
   * @param proofHash - of everything that makes a proof unique
   * @param expiresAtEpochSeconds - until when it has to be remembered; after that it may be forgotten
   */
  use(
    proofHash: Sha256,
    expiresAtEpochSeconds: EpochSeconds,
    nowEpochSeconds: EpochSeconds,
  ): boolean | Promise<boolean>;
}

/** How {@link createReplayMemory} remembers. */
export interface ReplayMemoryOptions {
  /** Proofs at once: each is remembered for two to three minutes, and takes some 150 bytes. @defaultValue 200000 */
  readonly maxProofs?: number;
}

/**
 * A {@link ReplayMemory} of this process. A second process does not know what this one has seen: a proof is good once at
 * each of them, within its minute. Whoever runs replicas brings a memory that they share, such as a table with a unique
 * column or `SET … NX EX` of Redis.
 *
 * What is remembered is never dropped to make room, or whoever holds one token of their own could have another's proofs
 * forgotten: a memory that is full throws.
 *
 * @throws {TypeError} when `maxProofs` is no whole number from 1
 */
export function createReplayMemory({ maxProofs = 200_000 }: ReplayMemoryOptions = {}): ReplayMemory {
  if (!(Number.isSafeInteger(maxProofs) && maxProofs >= 1)) {
    throw new TypeError('maxProofs must be a whole number from 1');
  }
  /** When each may be forgotten, in the order they came, which is nearly that of their ends. */
  const used = new Map<Sha256, EpochSeconds>();

  function forgetExpired(now: EpochSeconds): void {
    for (const [proofHash, expiresAt] of used) {
      if (expiresAt > now) return;
      used.delete(proofHash);
    }
  }

  return {
    use(proofHash, expiresAtEpochSeconds, nowEpochSeconds) {
      forgetExpired(nowEpochSeconds);
      const heldUntil = used.get(proofHash);
      if (heldUntil !== undefined && heldUntil > nowEpochSeconds) return false;
      if (used.size >= maxProofs) throw new Error(`The memory of DPoP proofs is full: it has ${maxProofs}`);
      used.delete(proofHash);
      used.set(proofHash, expiresAtEpochSeconds);
      return true;
    },
  };
}
