import { setTimeout as pause } from 'node:timers/promises';

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 30_000;

/**
 * Waits before a stream is opened again: longer each time, up to half a minute, and never less than the server asks for
 * (`retry`, which counts up to the same bound). Half of it by chance, so that clients that lost a server together do not
 * come back together.
 *
 * @param failures - how often it was tried in vain since it last worked
 * @throws the reason of `signal`
 */
export async function pauseBeforeRetry(
  failures: number,
  askedMilliseconds: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const grown = Math.min(FIRST_MILLISECONDS * 2 ** Math.min(failures, 16), LONGEST_MILLISECONDS);
  const spread = grown / 2 + (Math.random() * grown) / 2;
  await pause(Math.max(spread, Math.min(askedMilliseconds ?? 0, LONGEST_MILLISECONDS)), undefined, { signal });
}
