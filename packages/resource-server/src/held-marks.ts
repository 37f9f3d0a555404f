import {
  CLIENT_MARK_REACH_SECONDS,
  LONGEST_ACCESS_TOKEN_SECONDS,
  LONGEST_CLOCK_TOLERANCE_SECONDS,
  markLifetimeSeconds,
  type RevocationKind,
  type RevocationMark,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';

/** How long a mark is kept once its end has come, in milliseconds: as long as any lives. */
export const KEPT_AFTER_END_MILLISECONDS =
  (markLifetimeSeconds(LONGEST_ACCESS_TOKEN_SECONDS, LONGEST_CLOCK_TOLERANCE_SECONDS) + CLIENT_MARK_REACH_SECONDS) *
  1000;

/** The marks that a process knows of. */
export interface HeldMarks {
  /** Takes marks in: of two of the same value the stricter one stays. Whether any was news. */
  add(marks: readonly RevocationMark[]): boolean;
  /** Whether an access token of `value` that was issued at `issuedAt` is dead. */
  covers(tenantId: TenantId, kind: RevocationKind, value: string, issuedAt: EpochSeconds): boolean;
  /** Lets go of those whose end, as `now` has it, came long ago. */
  forget(now: EpochSeconds): void;
  isEmpty(): boolean;
}

interface Held {
  readonly mark: RevocationMark;
  /** When its end was first seen to have come, and has since, in milliseconds of the monotonic clock. */
  endedAt: number | undefined;
}

/**
 * Holds marks, and lets go of none by the time of day: were that wrong once, by hours, all would be gone, and with the right time
 * the revoked tokens would be alive again. A mark goes when its end has come at every look for
 * {@link KEPT_AFTER_END_MILLISECONDS}.
 *
 * @param monotonic - milliseconds since whenever
 */
export function createHeldMarks(monotonic: () => number = () => performance.now()): HeldMarks {
  const held = new Map<string, Held>();
  const keyOf = (tenantId: TenantId, kind: RevocationKind, value: string): string => `${tenantId}\n${kind}\n${value}`;

  return {
    add(marks) {
      let isNews = false;
      for (const mark of marks) {
        const key = keyOf(mark.tenantId, mark.kind, mark.value);
        const known = held.get(key)?.mark;
        if (known !== undefined && known.notBeforeEpochSeconds >= mark.notBeforeEpochSeconds) continue;
        held.set(key, { mark, endedAt: undefined });
        isNews = true;
      }
      return isNews;
    },
    covers(tenantId, kind, value, issuedAt) {
      const mark = held.get(keyOf(tenantId, kind, value))?.mark;
      return mark !== undefined && issuedAt <= mark.notBeforeEpochSeconds;
    },
    forget(now) {
      const at = monotonic();
      for (const [key, one] of held) {
        if (one.mark.expiresAtEpochSeconds > now) one.endedAt = undefined;
        else if (one.endedAt === undefined) one.endedAt = at;
        else if (at - one.endedAt >= KEPT_AFTER_END_MILLISECONDS) held.delete(key);
      }
    },
    isEmpty: () => held.size === 0,
  };
}
