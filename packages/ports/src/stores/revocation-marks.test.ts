import { describe, expect, it } from 'vitest';
import { markLifetimeSeconds, timesOfMark } from './revocation-marks.js';

const TRUE_TIME = 1_800_000_000;
const LIFETIME = 600;
const TOLERANCE = 30;

describe('markLifetimeSeconds', () => {
  const errors = [-TOLERANCE, 0, TOLERANCE];
  const clocks = errors.flatMap((issuer) =>
    errors.flatMap((revoker) => errors.map((judge) => ({ issuer, revoker, judge }))),
  );

  it.each(clocks)(
    'TK-05 keeps a mark as long as its token is taken, with clocks off by $issuer, $revoker and $judge s',
    (off) => {
      const revocation = {
        now: TRUE_TIME + off.revoker,
        markLifetimeSeconds: markLifetimeSeconds(LIFETIME, TOLERANCE),
      };
      const { expiresAtEpochSeconds: end, notBeforeEpochSeconds: reach } = timesOfMark(
        { kind: 'grant', value: 'grant-1' },
        revocation,
      );
      const issuedAt = TRUE_TIME + off.issuer;
      const lastTaken = issuedAt + LIFETIME + TOLERANCE;
      for (let now = TRUE_TIME; now + off.judge <= lastTaken; now += 1) {
        expect(end).toBeGreaterThanOrEqual(now + off.judge);
        expect(reach).toBeGreaterThanOrEqual(issuedAt);
      }
    },
  );
});
