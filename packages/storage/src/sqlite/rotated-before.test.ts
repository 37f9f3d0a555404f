import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grantAccess, refreshToken, rotate } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openDriver } from './driver.js';
import { openSqliteStorage } from './sqlite-storage.js';

it('TK-01 takes a token for reuse that was rotated when its idle end still stayed, as long as its row is there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-rotated-before-'));
  const file = join(directory, 'test.db');
  const storage = await openSqliteStorage({ file });
  await grantAccess(storage);
  await rotate(storage);
  const idleEnd = refreshToken().expiresAtEpochSeconds;
  const database = await openDriver(file, 50);
  database.exec(`UPDATE refresh_tokens SET expires_at = ${idleEnd} WHERE token_hash = 'refresh-1'`);
  database.close();
  expect(await rotate(storage, { to: 'x', now: idleEnd })).toEqual({ outcome: 'reused' });
  expect(await storage.grants.findByRefreshToken('a', 'refresh-2')).toMatchObject({ revoked: true });
  await storage.close();
  await rm(directory, { recursive: true });
});
