import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createServerClock } from './server-clock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = (seconds: number) => () =>
  new Promise<Response>((resolve) => setTimeout(() => resolve(new Response()), seconds * 1000));

it('counts what the server takes of a request, and no sign-in in the middle of it', async () => {
  const clock = createServerClock();
  const server = clock.counted(after(20));
  const person = clock.uncounted(async (input) => {
    await server(input);
    await after(300)();
    return server(input);
  });
  clock.allow(60);
  const asking = person('https://mcp.test/');
  await vi.advanceTimersByTimeAsync(340_000);
  await asking;
  // 40 s of it were the server's. Its answer is read from now on.
  await vi.advanceTimersByTimeAsync(19_900);
  expect(clock.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(clock.signal.reason).toMatchObject({ name: 'RequestFailure', reason: 'timed_out' });
});

it('counts anew when more is allowed, and no more when it was stopped', async () => {
  const clock = createServerClock();
  await vi.advanceTimersByTimeAsync(100_000);
  for (let round = 0; round < 3; round += 1) {
    clock.allow(60);
    await vi.advanceTimersByTimeAsync(59_000);
  }
  clock.stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(clock.signal.aborted).toBe(false);
});
