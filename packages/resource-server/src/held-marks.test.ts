import type { RevocationMark } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { createHeldMarks, KEPT_AFTER_END_MILLISECONDS } from './held-marks.js';

const NOW = 1_800_000_000;
const MARK: RevocationMark = {
  ...{ sequence: 1, tenantId: 'a', kind: 'grant', value: 'g' },
  ...{ notBeforeEpochSeconds: NOW + 630, expiresAtEpochSeconds: NOW + 630 },
};

function hold() {
  const time = { monotonic: 5000 };
  const marks = createHeldMarks(() => time.monotonic);
  marks.add([MARK]);
  const isDead = () => marks.covers('a', 'grant', 'g', NOW);
  return { time, marks, isDead };
}

it('F-07 lets go of no mark because the time was wrong, however often it is looked at', () => {
  const { time, marks, isDead } = hold();
  for (let look = 0; look < 100; look += 1) marks.forget(NOW + 10 * 86_400);
  time.monotonic += KEPT_AFTER_END_MILLISECONDS - 1;
  marks.forget(NOW + 10 * 86_400);
  expect(isDead()).toBe(true);
  // The time is right again, and the end has not come after all.
  marks.forget(NOW);
  time.monotonic += 1;
  marks.forget(NOW + 630);
  expect(isDead()).toBe(true);
});

it('lets go of a mark as long after its end as any lives', () => {
  const { time, marks, isDead } = hold();
  marks.forget(NOW + 630);
  time.monotonic += KEPT_AFTER_END_MILLISECONDS;
  marks.forget(NOW + 630 + KEPT_AFTER_END_MILLISECONDS / 1000);
  expect([isDead(), marks.isEmpty()]).toEqual([false, true]);
});

it('says whether a mark was news, which one that is no stricter is not', () => {
  const { marks } = hold();
  expect(marks.add([MARK])).toBe(false);
  expect(marks.add([{ ...MARK, sequence: 2, notBeforeEpochSeconds: NOW }])).toBe(false);
  expect(marks.add([{ ...MARK, sequence: 3, notBeforeEpochSeconds: NOW + 631 }])).toBe(true);
});
