import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grantAccess, NOW, signInSession } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openDriver } from './driver.js';
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

it('sweeps more refresh tokens of one grant, and more grants, than one batch holds', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-sweep-'));
  const file = join(directory, 'test.db');
  const storage = await openSqliteStorage({ file });
  await grantAccess(storage);
  const database = await openDriver(file, 50);
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
      INSERT INTO grants (tenant_id, grant_id, subject, client_id, resource, scopes, authenticated_at, created_at,
        expires_at, revoked_at, kept_until, client_auth_method, last_used_at) SELECT tenant_id, 'dead-' || i, subject, client_id, resource, scopes, authenticated_at, created_at,
        expires_at, ${NOW}, ${NOW}, client_auth_method, last_used_at FROM n, grants;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
      INSERT INTO refresh_tokens SELECT 'a', 'dead-' || i, 'dead-1', ${NOW + 1000}, NULL, NULL, NULL FROM n`);
  database.close();
  expect(await storage.sweep('a', NOW)).toBe(2200);
  expect(await storage.sweep('a', NOW)).toBe(0);
  expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toMatchObject({ revoked: false });
  await storage.close();
  await rm(directory, { recursive: true });
});
