import type { StoredSigningKey } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/**
 * How old the rows of the keys may be in any process, in seconds: what one does with the keys, all others follow within
 * that.
 */
export const KEY_RELOAD_SECONDS = 30;

/** How long an access token lives, and for how long after that a resource server whose clock is behind takes it. */
export interface TokenLifetimes {
  readonly accessTokenSeconds: number;
  readonly clockToleranceSeconds: number;
}

/**
 * Where a key stands: published and not signing yet; signing; published for the access tokens it signed; published, though
 * a later key took over before its turn came, so that it signs only where none after it opens ({@link fallbackKeys}); gone
 * from the JWK Set.
 */
export type SigningKeyState = 'pending' | 'signing' | 'verifying' | 'replaced' | 'ended';

/** The keys that are in the JWK Set at `now`, in their order. */
export function publishedKeys(keys: readonly StoredSigningKey[], now: EpochSeconds): readonly StoredSigningKey[] {
  return keys.filter((key) => !hasEnded(key, now));
}

/**
 * The key that signs at `now`: of those whose time has come, the one that was made last. Where the time of none has come
 * it is the one whose time comes first: a clock that was set back after the keys were made must not stop the server.
 */
export function signingKey(keys: readonly StoredSigningKey[], now: EpochSeconds): StoredSigningKey | undefined {
  const [last] = dueKeys(keys, now);
  if (last !== undefined) return last;
  return publishedKeys(keys, now).toSorted((a, b) => a.signsFromEpochSeconds - b.signsFromEpochSeconds)[0];
}

/**
 * What is left to a process in which the key that signs at `now` does not open, last made first: the keys before it, for as
 * long as they outlive what they would sign. Once its successor signs, that is {@link KEY_RELOAD_SECONDS} more; longer
 * where the end was reckoned with longer lifetimes, as a command line does that does not know the configured ones.
 */
export function fallbackKeys(
  keys: readonly StoredSigningKey[],
  now: EpochSeconds,
  lifetimes: TokenLifetimes,
): readonly StoredSigningKey[] {
  return dueKeys(keys, now)
    .slice(1)
    .filter(({ verifiesUntilEpochSeconds: end }) => end === undefined || deadFrom(now, lifetimes) <= end);
}

/** Where `key`, one of `keys`, stands at `now`. */
export function stateOfKey(
  key: StoredSigningKey,
  keys: readonly StoredSigningKey[],
  now: EpochSeconds,
): SigningKeyState {
  if (hasEnded(key, now)) return 'ended';
  const signing = signingKey(keys, now);
  if (signing?.keyId === key.keyId) return 'signing';
  if (wasPassedOver(key, keys)) return 'replaced';
  const isFollowed = signing !== undefined && signing.createdAtEpochSeconds > key.createdAtEpochSeconds;
  return isFollowed ? 'verifying' : 'pending';
}

/**
 * Whether a key made after `key` was to sign before it: the one that signs is the last made of those that may. A key that
 * signed as soon as it was made was not, though the clock of who made the later one was behind.
 */
function wasPassedOver(key: StoredSigningKey, keys: readonly StoredSigningKey[]): boolean {
  const { createdAtEpochSeconds: madeAt, signsFromEpochSeconds: turn } = key;
  const hadToWait = turn > madeAt;
  return hadToWait && keys.some((later) => later.createdAtEpochSeconds > madeAt && later.signsFromEpochSeconds < turn);
}

/** The key without an end: the one that a successor follows. Undefined where there is no key at all. */
export function lastKey(keys: readonly StoredSigningKey[]): StoredSigningKey | undefined {
  return keys.find((key) => key.verifiesUntilEpochSeconds === undefined);
}

/**
 * When a key ends whose successor signs from `signsFrom`: once no access token that it signed is alive anywhere. A process
 * that read the keys just before the successor came may sign with it for {@link KEY_RELOAD_SECONDS} more; what it signs
 * at the last moment lives for `accessTokenSeconds`; and a resource server whose clock is behind takes it for
 * `clockToleranceSeconds` after that.
 */
export function endOfPredecessor(signsFrom: EpochSeconds, lifetimes: TokenLifetimes): EpochSeconds {
  return deadFrom(signsFrom + KEY_RELOAD_SECONDS, lifetimes);
}

/** When nobody takes an access token any more that is signed at `signedAt`. */
function deadFrom(signedAt: EpochSeconds, lifetimes: TokenLifetimes): EpochSeconds {
  return signedAt + lifetimes.accessTokenSeconds + lifetimes.clockToleranceSeconds;
}

/** Published keys whose time has come, last made first. */
function dueKeys(keys: readonly StoredSigningKey[], now: EpochSeconds): readonly StoredSigningKey[] {
  return publishedKeys(keys, now)
    .filter((key) => key.signsFromEpochSeconds <= now)
    .sort((a, b) => b.createdAtEpochSeconds - a.createdAtEpochSeconds);
}

function hasEnded({ verifiesUntilEpochSeconds: end }: StoredSigningKey, now: EpochSeconds): boolean {
  return end !== undefined && end <= now;
}
