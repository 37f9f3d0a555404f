import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RecordKey } from '../stores/client-store.js';
import { createFileLeases } from './file-lease.js';
import { createFileStore } from './file-store.js';
import { type StoreProcess, startStoreProcess } from './testing/store-process.js';

const KEY: RecordKey = { kind: 'server', issuer: '', resource: 'https://mcp.test/mcp', profile: 'default' };

interface Place {
  /** What is deleted with the test. */
  readonly sandbox: string;
  /** Where the store is, in it. */
  readonly directory: string;
  start(task: string, parameters: object): Promise<StoreProcess>;
}

/** Each test has a place of its own, so that those that wait can wait at the same time. */
const it = test.extend<{ place: Place }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from the pattern which fixtures this one needs
  place: async ({}, use) => {
    const sandbox = mkdtempSync(join(tmpdir(), 'portcullis-lease-'));
    const directory = join(sandbox, 'store');
    const started: StoreProcess[] = [];
    await use({
      sandbox,
      directory,
      async start(task, parameters) {
        const one = await startStoreProcess(task, { directory, key: KEY, ...parameters });
        started.push(one);
        return one;
      },
    });
    for (const one of started) if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
    await rm(sandbox, { recursive: true, force: true });
  },
});

it('lets those of one process in one after the other, in their order, also through two stores', async ({
  place: { directory },
}) => {
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

it('gives back what the work gives, passes on what it throws, and is free again after either', async ({
  place: { directory },
}) => {
  const leases = createFileLeases(directory);
  expect(await leases.withLease('name', async () => 42)).toBe(42);
  await expect(leases.withLease('name', () => Promise.reject(new Error('of the work')))).rejects.toThrow('of the work');
  expect(await leases.withLease('name', async () => 43)).toBe(43);
  expect(await readdir(join(directory, 'name.lock'))).toHaveLength(1);
});

it('holds up nobody who asks for another name', async ({ place: { directory } }) => {
  const leases = createFileLeases(directory);
  let release = (): void => {};
  const held = leases.withLease(
    'one',
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  expect(await leases.withLease('two', async () => 'through')).toBe('through');
  release();
  await held;
});

describe.concurrent('between processes', () => {
  it('F-13 CL-11 no two of eight processes are ever in at once, though some are killed on the way', {
    timeout: 180_000,
  }, async ({ place: { sandbox, start } }) => {
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

  it('F-13 kill -9 of the holder holds the others up for ten seconds at most', { timeout: 60_000 }, async ({
    place: { directory, start },
  }) => {
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
    const limit = AbortSignal.timeout(10_000);
    await waiting;
    expect(limit.aborted).toBe(false);
  });

  it('F-13 a holder that does nothing any more is taken for dead, whatever can be told of its process', {
    timeout: 60_000,
  }, async ({ place: { directory, start } }) => {
    const holder = await start('hold', {});
    holder.go();
    await holder.next();
    holder.child.kill('SIGSTOP');
    const store = createFileStore({ directory, key: undefined });
    expect(await store.withLease(KEY, async () => 'in')).toBe('in');
  });

  it('F-13 a holder of another machine, and one that died before it wrote who it is, are outwaited', {
    timeout: 60_000,
  }, async ({ place: { directory } }) => {
    const leases = createFileLeases(directory);
    for (const [name, text] of Object.entries({
      foreign: `held another/1 1 ${'0'.repeat(16)} 0000000001\n`,
      empty: '',
    })) {
      await mkdir(join(directory, `${name}.lock`), { recursive: true, mode: 0o700 });
      await writeFile(join(directory, `${name}.lock`, '7'), text);
    }
    await Promise.all(['foreign', 'empty'].map((name) => leases.withLease(name, async () => {})));
    expect(await readdir(join(directory, 'foreign.lock'))).toEqual(['8']);
    expect(await readdir(join(directory, 'empty.lock'))).toEqual(['8']);
  });

  it('a holder that lives is never taken for dead, however long it works', { timeout: 60_000 }, async ({
    place: { directory, start },
  }) => {
    const holder = await start('hold', {});
    holder.go();
    await holder.next();
    let isIn = false;
    const store = createFileStore({ directory, key: undefined });
    const waiting = store.withLease(KEY, async () => {
      isIn = true;
    });
    await sleep(11_000);
    expect(isIn).toBe(false);
    await holder.kill();
    await waiting;
  });
});
