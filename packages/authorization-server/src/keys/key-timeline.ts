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
 * it is the one that was made first, which is known everywhere: a clock that was set back after the keys were made, or was far
 * ahead when the first was, must not stop the server, nor bring the turn of a later key forward.
 */
export function signingKey(keys: readonly StoredSigningKey[], now: EpochSeconds): StoredSigningKey | undefined {
  const [last] = dueKeys(keys, now);
  if (last !== undefined) return last;
  return publishedKeys(keys, now).toSorted((a, b) => a.createdAtEpochSeconds - b.createdAtEpochSeconds)[0];
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
  const { createdAtEpochSeconds: place, signsFromEpochSeconds: turn } = key;
  const hadToWait = turn > place;
  return hadToWait && keys.some((later) => later.createdAtEpochSeconds > place && later.signsFromEpochSeconds < turn);
}

/** What a clock was ahead by, at least, when it made a key that is said to be out of reach: below that its time soon comes. */
const OUT_OF_REACH_SECONDS = 86_400;

/**
 * Whether the time of `key` is so far off that no clock that is right can have set it: more than a day further than a key is
 * published before it signs.
 */
export function isOutOfReach(key: StoredSigningKey, now: EpochSeconds, publishAheadSeconds: number): boolean {
  return key.signsFromEpochSeconds > now + publishAheadSeconds + OUT_OF_REACH_SECONDS;
}

/** Whether the time of some key has come at `now`. Where it has of none, it is `now` that is doubtful. */
export function isAnyDue(keys: readonly StoredSigningKey[], now: EpochSeconds): boolean {
  return dueKeys(keys, now).length > 0;
}

/**
 * The keys that stay published without a reason: a clock that was far ahead set their end. A later key signs, and has for so long
 * that none of their access tokens is alive.
 */
export function overdueKeys(
  keys: readonly StoredSigningKey[],
  now: EpochSeconds,
  lifetimes: TokenLifetimes,
): readonly StoredSigningKey[] {
  const [signing, ...earlier] = dueKeys(keys, now);
  if (signing === undefined || endOfPredecessor(signing.signsFromEpochSeconds, lifetimes) > now) return [];
  return earlier.filter(({ verifiesUntilEpochSeconds: end = 0 }) => end > now + OUT_OF_REACH_SECONDS);
}

/**
 * When a key was made. The time that orders the keys is later than that of every key before, and so of a clock that was
 * ahead once; no key signs before it is made.
 */
export function madeAt({ createdAtEpochSeconds, signsFromEpochSeconds }: StoredSigningKey): EpochSeconds {
  return Math.min(createdAtEpochSeconds, signsFromEpochSeconds);
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
