import type { Clock } from '@portcullis/ports';

/** A public key that may verify access tokens. */
export interface VerificationKey {
  readonly keyId: string;
  readonly algorithm: string;
  readonly publicKey: CryptoKey;
}

/** Finds the key a token names. */
export interface VerificationKeys {
  /** The key, `undefined` when there is none of that id and algorithm, or `'unavailable'` when none could be loaded. */
  find(keyId: string, algorithm: string): FoundKey | Promise<FoundKey>;
}

/** What {@link VerificationKeys.find} answers. */
export type FoundKey = VerificationKey | undefined | 'unavailable';

/** How {@link createVerificationKeys} loads. */
export interface VerificationKeysOptions {
  readonly load: () => Promise<readonly VerificationKey[]>;
  readonly clock: Clock;
  /** Shortest time between two loads, whatever is asked for. @defaultValue 30 */
  readonly cooldownSeconds?: number;
  /** How old a set may be before it is loaded anew, so that a removed key is noticed. @defaultValue 600 */
  readonly maxAgeSeconds?: number;
  /** How old the last good set may become while none can be loaded. @defaultValue 86400 */
  readonly lastGoodSeconds?: number;
}

/**
 * Keys that are loaded once, and again when a token names one that is not there or the set has aged, but never more often
 * than the cooldown allows: a storm of random key ids costs one load. When a load fails the last good set stays, for a
 * day: whoever ends a key before its time has to know when nobody can hold it any more.
 */
export function createVerificationKeys(options: VerificationKeysOptions): VerificationKeys {
  const cooldownSeconds = options.cooldownSeconds ?? 30;
  const maxAgeSeconds = options.maxAgeSeconds ?? 600;
  const lastGoodSeconds = options.lastGoodSeconds ?? 86_400;
  let keys: ReadonlyMap<string, VerificationKey> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  const name = (keyId: string, algorithm: string): string => `${algorithm} ${keyId}`;

  async function load(): Promise<void> {
    triedAt = options.clock.nowEpochSeconds();
    try {
      const loaded = await options.load();
      loadedAt = options.clock.nowEpochSeconds();
      keys = new Map(loaded.map((key) => [name(key.keyId, key.algorithm), key]));
    } catch {
      // The last good set stays; without one every token is refused as `unavailable`.
    } finally {
      loading = undefined;
    }
  }

  /** Without a sign, so that a clock set back does not put off a load until it has caught up. */
  const ageOf = (moment: number): number => Math.abs(options.clock.nowEpochSeconds() - moment);

  function findHeld(wanted: string): FoundKey {
    return keys === undefined || ageOf(loadedAt) >= lastGoodSeconds ? 'unavailable' : keys.get(wanted);
  }

  async function reloadAndFind(wanted: string): Promise<FoundKey> {
    loading ??= load();
    await loading;
    return findHeld(wanted);
  }

  return {
    find(keyId, algorithm) {
      const wanted = name(keyId, algorithm);
      const known = keys?.get(wanted);
      if (known !== undefined && ageOf(loadedAt) < maxAgeSeconds) return known;
      if (loading !== undefined || ageOf(triedAt) >= cooldownSeconds) return reloadAndFind(wanted);
      return findHeld(wanted);
    },
  };
}
