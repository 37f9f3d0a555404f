import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, signInSession } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openSqliteStorage } from './sqlite-storage.js';

it('sweeps more rows than one batch holds, and lets other acts in between', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-sweep-'));
  const storage = await openSqliteStorage({ file: join(directory, 'test.db') });
  for (let index = 0; index < 1100; index += 1) {
    await storage.signInSessions.begin(signInSession({ sessionHash: `s${index}`, expiresAtEpochSeconds: NOW }));
  }
  await storage.signInSessions.begin(signInSession({ sessionHash: 'alive' }));
  const finished: string[] = [];
  const sweeping = storage.sweep('a', NOW).then((deleted) => {
    finished.push('sweep');
    return deleted;
  });
  const using = storage.signInSessions.use('a', 'alive', NOW, 1800).then((session) => {
    finished.push('use');
    return session;
  });
  expect(await sweeping).toBe(1100);
  expect(await using).toBeDefined();
  expect(finished).toEqual(['use', 'sweep']);
  await storage.close();
  await rm(directory, { recursive: true });
});
