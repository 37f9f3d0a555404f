import type { EpochSeconds, TenantId } from '@portcullis/protocol';

/** What a mark is about: every access token whose value of that kind it names. */
export type RevocationKind = 'grant' | 'subject' | 'client' | 'tenant' | 'key';

/** Access tokens of `value` issued at or before `notBeforeEpochSeconds` are dead. */
export interface RevocationMark {
  /** Rises with every mark, unless the store loses what came last: see {@link RevocationMarkStore.after}. */
  readonly sequence: number;
  readonly tenantId: TenantId;
  readonly kind: RevocationKind;
  readonly value: string;
  readonly notBeforeEpochSeconds: EpochSeconds;
  /** When no access token that it could meet is alive any more. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** What ends access tokens, not only what would renew them. */
export interface Revocation {
  readonly now: EpochSeconds;
  /** How long an access token can be alive that the mark meets, see {@link markLifetimeSeconds}. The mark is kept for that
   * long; that of a client from the end of its reach on. */
  readonly markLifetimeSeconds: number;
}

/** The longest that an access token may live, in seconds. Whoever ends access may be another program than the issuer, and does not
 * know how long its tokens live: its marks reckon with this. */
export const LONGEST_ACCESS_TOKEN_SECONDS = 3600;
/** How far the clocks of resource servers may be off at most, in seconds: marks reckon with it likewise. */
export const LONGEST_CLOCK_TOLERANCE_SECONDS = 60;

/**
 * How long a mark has to be kept so that no access token outlives it, each clock being wrong by as much as is tolerated.
 * The token may have been issued by a clock that is ahead, the mark made by one that is behind, and whoever judges both takes
 * the token for as long again after its `exp`.
 *
 * @param accessTokenSeconds - the longest lifetime of an access token
 * @param clockToleranceSeconds - by how much each clock may be wrong, and how long after its `exp` a token is taken
 */
export function markLifetimeSeconds(accessTokenSeconds: number, clockToleranceSeconds: number): number {
  return accessTokenSeconds + 3 * clockToleranceSeconds;
}

/**
 * How far the mark of a removed client reaches past `Revocation.now`, in seconds: a minute for clocks that differ (the
 * program allows no larger clock tolerance), and half a minute for what is under way at that moment. See
 * {@link timesOfMark}.
 */
export const CLIENT_MARK_REACH_SECONDS = 90;

/**
 * The times of a mark, for every adapter.
 *
 * What a grant, a subject or a key was called is never the name of another one: a mark of those kills for the whole of its
 * life, also what another process signs only now. The id of a client can come back, registered anew or approved after all,
 * and so can the subject of a workload, whose issuer is switched on again. Such a mark kills what was issued up to {@link CLIENT_MARK_REACH_SECONDS} after the removal, and nothing later:
 *
 * | an access token of that client id | |
 * | --- | --- |
 * | issued before the removal, or in its second | dead |
 * | signed by a process whose clock is up to a minute ahead of that of the removal | dead |
 * | signed by a process that had looked the client up before the removal, up to half a minute after it, with that clock | dead |
 * | of a grant that ended with the client, whenever it says it was issued | dead by the mark of that grant |
 * | issued to the client that came back, within the reach | dead as well: the gate answers 401, and the client asks again |
 * | issued to the client that came back, after the reach | good |
 *
 * What does not hold: a process that stands still for longer between looking the client up and signing issues a token that
 * lives its time. A code is redeemed, and a refresh token rotated, by an act of the store that finds them gone; no act looks
 * for the client of the others: what a client got in its own name (RFC 6749 §4.4), by an exchange (RFC 8693) or by the word of
 * an identity provider (`IdentityAssertionStore.redeem`, which looks for the user alone), and what a workload got.
 */
export function timesOfMark(
  { kind, value }: Revocable,
  { now, markLifetimeSeconds }: Revocation,
): Pick<RevocationMark, 'notBeforeEpochSeconds' | 'expiresAtEpochSeconds'> {
  const comesBack = kind === 'client' || (kind === 'subject' && value.startsWith('workload:'));
  if (!comesBack) {
    const end = now + markLifetimeSeconds;
    return { notBeforeEpochSeconds: end, expiresAtEpochSeconds: end };
  }
  const notBeforeEpochSeconds = now + CLIENT_MARK_REACH_SECONDS;
  return { notBeforeEpochSeconds, expiresAtEpochSeconds: notBeforeEpochSeconds + markLifetimeSeconds };
}

/** One thing that an access token says of itself, as a mark could name it. */
export interface Revocable {
  readonly kind: RevocationKind;
  readonly value: string;
}

/** The marks, in the order they were made. They are written by the acts that revoke. */
export interface RevocationMarkStore {
  /**
   * Live marks of a tenant that were made after `last`, the last one that was seen, oldest first. `0` asks for all. A mark
   * never comes to sight after one with a higher sequence, so whoever follows the last one it saw misses none.
   *
   * Where `last` is not there as it was, all live marks are answered. It was swept; or the store has lost what came last (a
   * standby took over that was behind, a backup was restored) and gives those numbers out again, to marks of another value.
   */
  after(tenantId: TenantId, last: RevocationMark | 0, now: EpochSeconds): Promise<readonly RevocationMark[]>;
  /** Whether a live mark names one of these, for an access token issued at `issuedAt`. */
  covers(
    tenantId: TenantId,
    revocables: readonly Revocable[],
    issuedAt: EpochSeconds,
    now: EpochSeconds,
  ): Promise<boolean>;
}
