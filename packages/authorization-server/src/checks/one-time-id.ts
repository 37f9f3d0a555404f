import type { EpochSeconds } from '@portcullis/protocol';

/**
 * When an id that counts once may be forgotten: when nobody could take any more what it belongs to. Two clocks may be apart by
 * twice the tolerance, since the replica that judges may be behind by as much as the one that sweeps is ahead.
 *
 * @param endsAt - from when on a clock that is right refuses it by its age, in epoch seconds; may have a fraction
 * @param clockToleranceSeconds - by how much each clock may be wrong
 */
export function oneTimeIdDeadAt(endsAt: number, clockToleranceSeconds: number): EpochSeconds {
  return Math.ceil(endsAt) + 2 * clockToleranceSeconds;
}
