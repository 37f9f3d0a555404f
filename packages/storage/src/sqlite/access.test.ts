import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, user } from '@portcullis/ports/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStorage, type SqliteStorage } from './sqlite-storage.js';

let directory: string;
let storage: SqliteStorage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-access-'));
  storage = await openSqliteStorage({ file: join(directory, 'test.db') });
});

afterEach(async () => {
  await storage.close();
  await rm(directory, { recursive: true });
});

it('lets the event loop turn while fifty acts that came at once are written', async () => {
  let turns = 0;
  let isRunning = true;
  const turn = () => {
    turns += 1;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  const acts = Array.from({ length: 50 }, (_, index) =>
    storage.users.add(user({ subject: `s${index}`, username: `u${index}` }), event('user.added')),
  );
  expect(new Set(await Promise.all(acts))).toEqual(new Set(['added']));
  isRunning = false;
  expect(turns).toBeGreaterThanOrEqual(4);
});

it('gives the connection back after an act that failed', async () => {
  const [first, second] = await Promise.allSettled([
    storage.clients.register({ tenantId: 'a' } as never, event('client.registered')),
    storage.users.add(user(), event('user.added')),
  ]);
  expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);
  expect(await storage.countEvents('client.registered')).toBe(0);
});

it('commits what was asked for before it closes', async () => {
  const acts = Array.from({ length: 40 }, (_, index) =>
    storage.users.add(user({ subject: `s${index}`, username: `u${index}` }), event('user.added')),
  );
  await storage.close();
  expect(new Set(await Promise.all(acts))).toEqual(new Set(['added']));
  storage = await openSqliteStorage({ file: join(directory, 'test.db') });
  expect(await storage.countEvents('user.added')).toBe(40);
});
