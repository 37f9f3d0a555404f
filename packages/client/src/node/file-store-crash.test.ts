import { mkdtempSync } from 'node:fs';
import { readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RecordKey } from '../stores/client-store.js';
import { createFileStore } from './file-store.js';
import { startStoreProcess } from './testing/store-process.js';

const KEY: RecordKey = {
  kind: 'tokens',
  issuer: 'https://as.test',
  resource: 'https://mcp.test/mcp',
  profile: 'default',
};
let sandbox: string;
let directory: string;
beforeEach(() => {
  sandbox = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
  directory = join(sandbox, 'store');
});
afterEach(() => rm(sandbox, { recursive: true, force: true }));

it('F-13 kill -9 while it saves leaves the old record or the new one, whole', { timeout: 120_000 }, async () => {
  const store = createFileStore({ directory, key: undefined });
  for (let round = 0; round < 5; round += 1) {
    const saver = await startStoreProcess('saveForEver', { directory, key: KEY });
    saver.go();
    expect(await saver.next()).toBe('saving');
    await sleep(Math.random() * 100);
    await saver.kill();
    const record = await store.load(KEY);
    expect(String(record?.['filler'])).toMatch(/^(\d)\1{99999}$/);
  }
  const left = (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
  for (const name of left) await utimes(join(directory, name), 0, 0);
  await createFileStore({ directory, key: undefined }).save(KEY, { a: 1 });
  expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('F-13 CX-05 a disk that takes no more leaves the old record as it was, and nothing beside it', {
  timeout: 60_000,
}, async () => {
  const store = createFileStore({ directory, key: undefined });
  await store.save(KEY, { access_token: 'old' });
  const saver = await startStoreProcess('saveOnce', { directory, key: KEY, record: { filler: 'x'.repeat(50_000) } }, 8);
  saver.go();
  expect(await saver.next()).toEqual({ code: 'store_failed', kept: { access_token: 'old' } });
  expect(await store.load(KEY)).toEqual({ access_token: 'old' });
  expect((await readdir(directory)).filter((name) => !name.endsWith('.lock'))).toHaveLength(1);
});

it('CX-05 where the disk takes nothing at all, work goes on without a lease: nobody could learn of its result', {
  timeout: 60_000,
}, async () => {
  const worker = await startStoreProcess('lease', { directory, key: KEY }, 0);
  worker.go();
  expect(await worker.next()).toBe('worked');
});
