import type { Clock } from '@portcullis/ports';
import { createStormWatch } from './storm-watch.js';

/** A public key that may verify access tokens. */
export interface VerificationKey {
  readonly keyId: string;
  /** The one it verifies by. */
  readonly algorithm: string;
  readonly publicKey: CryptoKey;
  /** Tells it from another key of the same id. Undefined where ids are never given twice. */
  readonly fingerprint?: string;
}

/** Finds the keys a token names. */
export interface VerificationKeys {
  /**
   * The keys of that id and algorithm: one, or none, or several where the issuer gave one id twice. `'unavailable'` when
   * none could be loaded.
   */
  find(keyId: string, algorithm: string): FoundKeys | Promise<FoundKeys>;
  /**
   * Whether a key that was found may still be gone by. Answers at once, and has an ageing set loaded anew behind the scenes.
   * False when the key is not in the newest set, or that is older than it may be and nobody has tried for another.
   */
  stillHas(key: VerificationKey): boolean;
  /** Loads, unless there is a set at hand. Resolves with whether there is one then. */
  prepare(): Promise<boolean>;
}

/** What {@link VerificationKeys.find} answers. */
export type FoundKeys = readonly VerificationKey[] | 'unavailable';

/** How {@link createVerificationKeys} loads. */
export interface VerificationKeysOptions {
  /** The whole set. Rejects where it cannot be had. */
  readonly load: () => Promise<readonly VerificationKey[]>;
  readonly clock: Clock;
  /** Shortest time between two loads, whatever is asked for. @defaultValue 30 */
  readonly cooldownSeconds?: number;
  /**
   * How old a set may be, so that a removed key is noticed. From half of it on a new one is loaded while the old one
   * serves. @defaultValue 600
   */
  readonly maxAgeSeconds?: number;
  /** How old the last good set may become while none can be loaded. @defaultValue 86400 */
  readonly lastGoodSeconds?: number;
  /** How many unknown keys may be named within the cooldown before it is called a storm. @defaultValue 100 */
  readonly stormBound?: number;
  /** Called once when a storm begins. @defaultValue nobody is told */
  readonly onStorm?: () => void;
}

/** Shortest time between two loads where nothing else is said: whoever lacks a key need not come again sooner. */
export const DEFAULT_COOLDOWN_SECONDS = 30;

/** Keys of one id and algorithm that are tried, at most: each costs a signature. */
const MAX_KEYS_OF_ONE_ID = 4;

/**
 * Keys that are loaded once, and again when a token names one that is not there or the set ages, but never more often than
 * the cooldown allows: a storm of random key ids costs one load. Whoever names a key that is there waits for no load,
 * unless the set has passed its age without anybody having tried for another.
 *
 * When a load fails the last good set stays, for a day: whoever ends a key before its time has to know when nobody can hold
 * it any more.
 */
export function createVerificationKeys(options: VerificationKeysOptions): VerificationKeys {
  const cooldownSeconds = options.cooldownSeconds ?? DEFAULT_COOLDOWN_SECONDS;
  const maxAgeSeconds = options.maxAgeSeconds ?? 600;
  const lastGoodSeconds = options.lastGoodSeconds ?? 86_400;
  const storm = createStormWatch({
    clock: options.clock,
    windowSeconds: cooldownSeconds,
    bound: options.stormBound ?? 100,
    onStorm: options.onStorm ?? (() => undefined),
  });
  let keys: ReadonlyMap<string, readonly VerificationKey[]> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;
  /** Whether the last attempt failed: then nobody is kept waiting for the next. */
  let isDown = false;

  async function load(): Promise<void> {
    triedAt = options.clock.nowEpochSeconds();
    try {
      keys = group(await options.load());
      loadedAt = options.clock.nowEpochSeconds();
      isDown = false;
    } catch {
      // The last good set stays; without one every token is refused as `unavailable`.
      isDown = true;
    } finally {
      loading = undefined;
    }
  }

  /** Without a sign, so that a clock set back does not put off a load until it has caught up. */
  const ageOf = (moment: number): number => Math.abs(options.clock.nowEpochSeconds() - moment);

  /** The load under way, or a new one where the cooldown allows it. */
  function reload(): Promise<void> | undefined {
    if (loading === undefined && ageOf(triedAt) >= cooldownSeconds) loading = load();
    return loading;
  }

  /** Whether the held set may be gone by as it is. Has another loaded when it is time for that. */
  function isServing(): boolean {
    const age = ageOf(loadedAt);
    if (age >= maxAgeSeconds / 2) void reload();
    return age < maxAgeSeconds || (isDown && age < lastGoodSeconds);
  }

  function held(wanted: string): FoundKeys {
    return keys === undefined || ageOf(loadedAt) >= lastGoodSeconds ? 'unavailable' : (keys.get(wanted) ?? []);
  }

  async function find(wanted: string): Promise<FoundKeys> {
    // In an outage one waits for the attempt, not all who come while it lasts.
    const isAnotherWaiting = isDown && loading !== undefined && held(wanted) !== 'unavailable';
    if (!isAnotherWaiting) await reload();
    const found = held(wanted);
    if (found !== 'unavailable' && found.length === 0) storm.note();
    return found;
  }

  return {
    find(keyId, algorithm) {
      const wanted = nameOf(keyId, algorithm);
      const known = keys?.get(wanted);
      return known !== undefined && isServing() ? known : find(wanted);
    },
    stillHas(key) {
      const named = keys?.get(nameOf(key.keyId, key.algorithm));
      return isServing() && named?.some(({ fingerprint }) => fingerprint === key.fingerprint) === true;
    },
    async prepare() {
      if (keys === undefined) await reload();
      return keys !== undefined && ageOf(loadedAt) < lastGoodSeconds;
    },
  };
}

function nameOf(keyId: string, algorithm: string): string {
  return `${algorithm} ${keyId}`;
}

function group(loaded: readonly VerificationKey[]): ReadonlyMap<string, readonly VerificationKey[]> {
  const keys = new Map<string, VerificationKey[]>();
  for (const key of loaded) {
    const name = nameOf(key.keyId, key.algorithm);
    const ofOneId = keys.get(name) ?? [];
    if (ofOneId.length < MAX_KEYS_OF_ONE_ID) ofOneId.push(key);
    keys.set(name, ofOneId);
  }
  return keys;
}
