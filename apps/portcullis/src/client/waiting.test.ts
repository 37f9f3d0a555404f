import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showWaiting } from './waiting.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** All that is shown of so many seconds, by the time that they and more are over. */
function shown(timeoutSeconds: number, isTTY: boolean): string[] {
  const written: string[] = [];
  const stderr = { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
  showWaiting({ stderr }, timeoutSeconds);
  vi.advanceTimersByTime(10 * timeoutSeconds * 1000);
  return written;
}

it('a log is told of the time that is left each minute, and of no time not at all', () => {
  const line = (left: string): string => `Waiting for you to sign in, ${left} left. Ctrl+C ends it.\n`;
  expect(shown(180, false)).toEqual([line('3 min'), line('2 min'), line('1 min')]);
});

it('a terminal shows it each second, and is clean when the time is over', () => {
  const lines = shown(3, true);
  expect(lines.slice(0, 3).map((text) => /\d+ s/.exec(text)?.[0])).toEqual(['3 s', '2 s', '1 s']);
  expect(lines.slice(3)).toEqual(['\r\u001b[2K']);
});
