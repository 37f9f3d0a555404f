import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RecordKey } from '../stores/client-store.js';
import { createFileLeases, type LeaseClock } from './file-lease.js';
import { createFileStore } from './file-store.js';
import { type StoreProcess, startStoreProcess } from './testing/store-process.js';

const KEY: RecordKey = { kind: 'server', issuer: '', resource: 'https://mcp.test/mcp', profile: 'default' };
let sandbox: string;
let directory: string;
const started: StoreProcess[] = [];
beforeEach(() => {
  sandbox = mkdtempSync(join(tmpdir(), 'portcullis-lease-'));
  directory = join(sandbox, 'store');
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of started.splice(0))
    if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
  await rm(sandbox, { recursive: true, force: true });
});

async function start(task: string, parameters: object): Promise<StoreProcess> {
  const one = await startStoreProcess(task, { directory, key: KEY, ...parameters });
  started.push(one);
  return one;
}

it('lets those of one process in one after the other, in their order, also through two stores', async () => {
  const [first, second] = [createFileLeases(directory), createFileLeases(directory)];
  const order: number[] = [];
  let inside = 0;
  const work = (index: number) => async (): Promise<void> => {
    inside += 1;
    expect(inside).toBe(1);
    await sleep(1);
    if (index < 100) order.push(index);
    inside -= 1;
  };
  const tasks = Array.from({ length: 20 }, (_, index) => first.withLease('name', work(index)));
  const others = Array.from({ length: 5 }, (_, index) => second.withLease('name', work(100 + index)));
  await Promise.all([...tasks, ...others]);
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
});

it('gives back what the work gives, passes on what it throws, and is free again after either', async () => {
  const leases = createFileLeases(directory);
  expect(await leases.withLease('name', async () => 42)).toBe(42);
  await expect(leases.withLease('name', () => Promise.reject(new Error('of the work')))).rejects.toThrow('of the work');
  expect(await leases.withLease('name', async () => 43)).toBe(43);
  expect(await readdir(join(directory, 'name.lock'))).toHaveLength(1);
});

it('holds up nobody who asks for another name', async () => {
  const leases = createFileLeases(directory);
  let enter = (): void => {};
  let release = (): void => {};
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const held = leases.withLease('one', async () => {
    enter();
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await entered;
  expect(await leases.withLease('two', async () => 'through')).toBe('through');
  release();
  await held;
});

it('F-13 CL-11 no two of eight processes are ever in at once, though some are killed on the way', {
  timeout: 180_000,
}, async () => {
  writeFileSync(join(sandbox, 'count'), '0');
  const counters = await Promise.all(Array.from({ length: 6 }, () => start('count', { rounds: 10 })));
  const doomed = await Promise.all([start('hold', {}), start('hold', {})]);
  for (const one of [...doomed, ...counters]) one.go();
  // Whichever of them holds it never lets go: the others go on when it is dead.
  const killing = doomed.map(async (one) => {
    expect(await one.next()).toBe('held');
    await one.kill();
  });
  expect(await Promise.all(counters.map((one) => one.next()))).toEqual([10, 10, 10, 10, 10, 10]);
  await Promise.all(killing);
  expect(await readFile(join(sandbox, 'count'), 'utf8')).toBe('60');
});

/** Time that passes while whoever waits sleeps, and no other. */
function simulated(): { readonly clock: LeaseClock; readonly passed: () => number } {
  let nowMilliseconds = 0;
  const clock: LeaseClock = {
    nowMilliseconds: () => nowMilliseconds,
    async sleep(milliseconds) {
      nowMilliseconds += milliseconds;
    },
  };
  return { clock, passed: () => nowMilliseconds };
}

const WAIT_MILLISECONDS = 10_000;

it('F-13 kill -9 of the holder holds the others up until it is dead, and then for ten seconds at most', {
  timeout: 60_000,
}, async () => {
  const holder = await start('hold', {});
  holder.go();
  expect(await holder.next()).toBe('held');
  const store = createFileStore({ directory, key: undefined });
  let isIn = false;
  const waiting = store.withLease(KEY, async () => {
    isIn = true;
  });
  await sleep(500);
  expect(isIn).toBe(false);
  await holder.kill();
  await waiting;
  // Once more, by a clock that says how long it was.
  const second = await start('hold', {});
  second.go();
  expect(await second.next()).toBe('held');
  await second.kill();
  const { clock, passed } = simulated();
  const [name = ''] = (await readdir(directory)).map((file) => file.replace('.lock', ''));
  expect(await createFileLeases(directory, clock).withLease(name, async () => 'in')).toBe('in');
  expect(passed()).toBeLessThanOrEqual(WAIT_MILLISECONDS);
});

it('F-13 a holder that does nothing any more is taken for dead, whatever can be told of its process', {
  timeout: 60_000,
}, async () => {
  const holder = await start('hold', {});
  holder.go();
  await holder.next();
  holder.child.kill('SIGSTOP');
  const [name = ''] = (await readdir(directory)).map((file) => file.replace('.lock', ''));
  const { clock, passed } = simulated();
  expect(await createFileLeases(directory, clock).withLease(name, async () => 'in')).toBe('in');
  expect(passed()).toBeLessThanOrEqual(WAIT_MILLISECONDS);
});

it.each([
  ['of another machine', `held another/1 1 ${'0'.repeat(16)} 0000000001\n`],
  ['of which nothing can be told', `held - ${process.pid} ${'0'.repeat(16)} 0000000001\n`],
  ['that died before it wrote who it is', ''],
])(
  'F-13 CL-11 a holder %s is outwaited in eight to ten seconds, whatever the chance of each look',
  async (_whose, text) => {
    for (const chance of [0, 0.5, 0.999]) {
      const place = join(directory, `${chance}.lock`);
      await mkdir(place, { recursive: true, mode: 0o700 });
      await writeFile(join(place, '7'), text);
      vi.spyOn(Math, 'random').mockReturnValue(chance);
      const { clock, passed } = simulated();
      await createFileLeases(directory, clock).withLease(String(chance), async () => {});
      expect(passed()).toBeGreaterThanOrEqual(8000);
      expect(passed()).toBeLessThanOrEqual(WAIT_MILLISECONDS);
      expect(await readdir(place)).toEqual(['8']);
    }
  },
);

it('F-13 a machine that stood still meanwhile stood still for the holder too: a leap counts as a second', async () => {
  const place = join(directory, 'name.lock');
  await mkdir(place, { recursive: true, mode: 0o700 });
  const file = join(place, '7');
  const beat = (count: number) => writeFile(file, `held another/1 1 ${'0'.repeat(16)} ${count}\n`);
  await beat(1);
  let nowMilliseconds = 0;
  let looks = 0;
  const clock: LeaseClock = {
    nowMilliseconds: () => nowMilliseconds,
    async sleep() {
      looks += 1;
      nowMilliseconds += 3_600_000;
      // It goes on five times after each time, and then no more.
      if (looks <= 5) await beat(looks + 1);
    },
  };
  await createFileLeases(directory, clock).withLease('name', async () => {});
  expect(looks).toBeGreaterThanOrEqual(5 + 8);
});

it('a holder shows again and again that it lives, by a file that changes', { timeout: 60_000 }, async () => {
  const holder = await start('hold', {});
  holder.go();
  expect(await holder.next()).toBe('held');
  const [lock = ''] = await readdir(directory);
  const shown = new Set<string>();
  while (shown.size < 3) {
    shown.add(await readFile(join(directory, lock, '1'), 'utf8'));
    await sleep(50);
  }
  for (const text of shown) expect(text).toMatch(/^held /);
});

it('a holder that shows that it lives is never taken for dead, however long it works', async () => {
  const place = join(directory, 'name.lock');
  await mkdir(place, { recursive: true, mode: 0o700 });
  const file = join(place, '7');
  const { clock, passed } = simulated();
  let beats = 0;
  const show = (): Promise<void> => writeFile(file, `held another/1 1 ${'0'.repeat(16)} ${beats}\n`);
  await show();
  const watched: LeaseClock = {
    ...clock,
    async sleep(milliseconds) {
      await clock.sleep(milliseconds);
      // Seven times as slow as it shows itself, for two minutes; then it is done.
      if (passed() >= 120_000) return writeFile(file, 'free\n');
      if (passed() < 7000 * (beats + 1)) return;
      beats += 1;
      await show();
    },
  };
  await createFileLeases(directory, watched).withLease('name', async () => {});
  expect(passed()).toBeGreaterThanOrEqual(120_000);
});
