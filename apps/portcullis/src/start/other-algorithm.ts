import type { SigningKeyRecord } from '@portcullis/authorization-server/keys';
import type { SigningAlgorithm } from '@portcullis/ports';
import { minute } from '../minute.js';
import type { SuggestCommand } from '../suggest-command.js';

/** How often a gate looks whether a key is due, in seconds. */
const LOOK_SECONDS = 3600;

/**
 * What stands between the configured algorithm and what signs, in a sentence; undefined where the last key has that algorithm
 * and signs. A rotation that was under way when the configuration changed comes first, which nobody would expect.
 *
 * @param keys - as key management lists them
 * @param signing - as configured
 * @param suggest - writes out a command on the store of these keys, with the configuration
 */
export function tellOtherAlgorithm(
  keys: readonly SigningKeyRecord[],
  signing: { readonly algorithm: SigningAlgorithm; readonly publishAheadSeconds: number },
  suggest: SuggestCommand,
): string | undefined {
  const now = keys.find(({ state }) => state === 'signing');
  const last = keys.find(({ verifiesUntilEpochSeconds: end }) => end === undefined);
  if (now === undefined || last === undefined) return undefined;
  const { algorithm, publishAheadSeconds } = signing;
  const from = last.signsFromEpochSeconds;
  if (last.algorithm === algorithm) {
    return now.algorithm === algorithm
      ? undefined
      : `${algorithm} is configured; ${now.algorithm} signs until ${timeOf(from)}.`;
  }
  if (last.state === 'pending') {
    const when = now.algorithm === algorithm ? `from ${timeOf(from)} ` : '';
    return (
      `${algorithm} is configured; ${last.algorithm} signs ${when}until ${timeOf(from + LOOK_SECONDS + publishAheadSeconds)} at the latest: ` +
      `${last.keyId}, of a rotation that was under way, has its turn first, at ${timeOf(from)}. ` +
      `Sooner, by hand: ${suggest('keys rotate')}`
    );
  }
  return (
    `${algorithm} is configured; ${last.algorithm} signs until ${publishAheadSeconds} s after a gate with this configuration ` +
    'has looked, which it does when it starts and every hour.'
  );
}

function timeOf(epochSeconds: number): string {
  return minute(new Date(epochSeconds * 1000).toISOString());
}
