import type { StoredSigningKey } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/**
 * How old the rows of the keys may be in any process, in seconds: what one does with the keys, all others follow within
 * that.
 */
export const KEY_RELOAD_SECONDS = 30;

/**
 * Where a key stands: published and not signing yet; signing; published for the access tokens it signed, or because a
 * later key signs in its place; gone from the JWK Set.
 */
export type SigningKeyState = 'pending' | 'signing' | 'verifying' | 'ended';

/** The keys that are in the JWK Set at `now`, in their order. */
export function publishedKeys(keys: readonly StoredSigningKey[], now: EpochSeconds): readonly StoredSigningKey[] {
  return keys.filter((key) => !hasEnded(key, now));
}

/**
 * The keys that may sign at `now`, last made first: the first of them does. The others are what is left to a process in
 * which that one does not open. Where the time of none has come it is the one whose time comes first: a clock that was
 * set back after the keys were made must not stop the server.
 */
export function keysThatMaySign(keys: readonly StoredSigningKey[], now: EpochSeconds): readonly StoredSigningKey[] {
  const published = publishedKeys(keys, now);
  const due = published.filter((key) => key.signsFromEpochSeconds <= now);
  if (due.length > 0) return due.sort((a, b) => b.createdAtEpochSeconds - a.createdAtEpochSeconds);
  return published.toSorted((a, b) => a.signsFromEpochSeconds - b.signsFromEpochSeconds).slice(0, 1);
}

/** Where `key`, one of `keys`, stands at `now`. */
export function stateOfKey(
  key: StoredSigningKey,
  keys: readonly StoredSigningKey[],
  now: EpochSeconds,
): SigningKeyState {
  if (hasEnded(key, now)) return 'ended';
  const [signing] = keysThatMaySign(keys, now);
  if (signing?.keyId === key.keyId) return 'signing';
  // A key that was rotated away before its time had come never signs: a later one does already.
  const isReplaced = signing !== undefined && signing.createdAtEpochSeconds > key.createdAtEpochSeconds;
  return isReplaced ? 'verifying' : 'pending';
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
export function endOfPredecessor(
  signsFrom: EpochSeconds,
  lifetimes: { readonly accessTokenSeconds: number; readonly clockToleranceSeconds: number },
): EpochSeconds {
  return signsFrom + KEY_RELOAD_SECONDS + lifetimes.accessTokenSeconds + lifetimes.clockToleranceSeconds;
}

function hasEnded({ verifiesUntilEpochSeconds: end }: StoredSigningKey, now: EpochSeconds): boolean {
  return end !== undefined && end <= now;
}
