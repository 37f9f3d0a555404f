import type { EpochSeconds, Sha256 } from '@portcullis/protocol';

/** Remembers the proofs that were used, so that none is good twice (RFC 9449 §11.1). */
export interface ReplayMemory {
  /**
   * Uses a proof up: of any number of callers at once, one is answered true. One that throws or rejects lets nobody in:
   * the request is answered 503, and `onFault` of the resource hears of it.
   *
   * @param proofHash - of everything that makes a proof unique
   * @param expiresAtEpochSeconds - until when it has to be remembered; after that it may be forgotten
   * @param keyThumbprint - of the key that made it, for a share of the room. `proofHash` has it in it already
   */
  use(
    proofHash: Sha256,
    expiresAtEpochSeconds: EpochSeconds,
    nowEpochSeconds: EpochSeconds,
    keyThumbprint: string,
  ): boolean | Promise<boolean>;
}

/** How {@link createReplayMemory} remembers. */
export interface ReplayMemoryOptions {
  /** Proofs at once: each is remembered for two to three minutes, and takes some 150 bytes. @defaultValue 200000 */
  readonly maxProofs?: number;
  /** Of one key among them, so that its holder leaves room for the others. @defaultValue a tenth of `maxProofs` */
  readonly maxProofsOfKey?: number;
}

/** A proof that was used. */
interface UsedProof {
  readonly expiresAt: EpochSeconds;
  readonly keyThumbprint: string;
}

/**
 * A {@link ReplayMemory} of this process. A second process does not know what this one has seen: a proof is good once at
 * each of them, within its minute. Whoever runs replicas brings a memory that they share, such as a table with a unique
 * column or `SET … NX EX` of Redis.
 *
 * What is remembered is never dropped to make room, or whoever holds one token of their own could have another's proofs
 * forgotten: a memory that is full throws, and for a key that has its share it does so before. Whoever gets tokens for many
 * keys has many shares: a limit on requests is what keeps those out.
 *
 * A clock that is set back, by however much, brings no proof back: what would have been forgotten by now counts as used.
 * Until the clock is where it was, proofs that are as old as those are refused with it.
 *
 * @throws {TypeError} when an option is no whole number from 1
 */
export function createReplayMemory(options: ReplayMemoryOptions = {}): ReplayMemory {
  const { maxProofs = 200_000 } = options;
  const { maxProofsOfKey = Math.max(1, Math.floor(maxProofs / 10)) } = options;
  for (const [name, value] of Object.entries({ maxProofs, maxProofsOfKey })) {
    if (!(Number.isSafeInteger(value) && value >= 1)) throw new TypeError(`${name} must be a whole number from 1`);
  }
  /** In the order they came, which is nearly that of their ends. */
  const used = new Map<Sha256, UsedProof>();
  /** How many of them are of each key. */
  const sizes = new Map<string, number>();
  /** The latest end of any that was forgotten. */
  let forgottenUpTo: EpochSeconds = Number.NEGATIVE_INFINITY;

  function forgetExpired(now: EpochSeconds): void {
    for (const [proofHash, { expiresAt, keyThumbprint }] of used) {
      if (expiresAt > now) return;
      used.delete(proofHash);
      forgottenUpTo = Math.max(forgottenUpTo, expiresAt);
      const left = (sizes.get(keyThumbprint) ?? 0) - 1;
      if (left > 0) sizes.set(keyThumbprint, left);
      else sizes.delete(keyThumbprint);
    }
  }

  return {
    use(proofHash, expiresAtEpochSeconds, nowEpochSeconds, keyThumbprint) {
      forgetExpired(nowEpochSeconds);
      if (used.has(proofHash) || expiresAtEpochSeconds <= forgottenUpTo) return false;
      const size = sizes.get(keyThumbprint) ?? 0;
      if (size >= maxProofsOfKey) {
        throw new Error(`The memory of DPoP proofs is full for one key: it has ${maxProofsOfKey} of it`);
      }
      if (used.size >= maxProofs) throw new Error(`The memory of DPoP proofs is full: it has ${maxProofs}`);
      used.set(proofHash, { expiresAt: expiresAtEpochSeconds, keyThumbprint });
      sizes.set(keyThumbprint, size + 1);
      return true;
    },
  };
}
