import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REDEEMED_CODE_SECONDS } from '@portcullis/ports';
import { event, grantAccess, MARK_LIFETIME_SECONDS, NOW } from '@portcullis/ports/testing';
import { type CompiledQuery, Kysely } from 'kysely';
import { expect, it } from 'vitest';
import type { Database } from '../sql/schema.js';
import { sweep } from '../sql/sweep.js';
import { createSqliteAccess, toSqlAccess } from './access.js';
import { createSqliteDialect } from './dialect.js';
import { openDriver } from './driver.js';
import { openSqliteStorage } from './sqlite-storage.js';

it('sweeps by what has ended: no statement walks over all rows of a tenant', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-sweep-plans-'));
  const file = join(directory, 'test.db');
  const storage = await openSqliteStorage({ file });
  await grantAccess(storage);
  await storage.grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
  await storage.close();

  const database = await openDriver(file, 50);
  const queries: CompiledQuery[] = [];
  const dialect = createSqliteDialect(database);
  const access = createSqliteAccess(
    new Kysely<Database>({ dialect, log: ({ query }) => void queries.push(query) }),
    1000,
  );
  // The code and its transaction, the token, its grant, its mark.
  expect(await sweep(toSqlAccess(access), 'a', NOW + MARK_LIFETIME_SECONDS + REDEEMED_CODE_SECONDS)).toBe(5);
  const steps = queries
    .filter(({ sql }) => /^(select|delete) /i.test(sql))
    .flatMap(({ sql, parameters }) => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters))
    .map((row) => (row as { detail: string }).detail);
  await access.close();
  await rm(directory, { recursive: true });

  expect(steps).toContainEqual(expect.stringContaining('grants_by_end (tenant_id=? AND kept_until<?)'));
  expect(steps).toContainEqual(expect.stringContaining('refresh_tokens_by_grant (tenant_id=? AND grant_id=?)'));
  const walks = steps.filter((detail) => /^SCAN |\(tenant_id=\?\)$/.test(detail));
  // A tenant has a handful of keys, and every other table has an index that says what has ended.
  expect(walks.filter((detail) => !detail.startsWith('SEARCH signing_keys '))).toEqual([]);
});
