import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageUnavailableError } from '@portcullis/ports';
import { NOW, signInSession } from '@portcullis/ports/testing';
import { type CompiledQuery, Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SqlAccess } from '../sql/access.js';
import type { Database } from '../sql/schema.js';
import { createSqlStores } from '../sql/sql-stores.js';
import { sweep } from '../sql/sweep.js';
import { createSqliteAccess, toSqlAccess } from './access.js';
import { createSqliteDialect } from './dialect.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { openSqliteStorage } from './sqlite-storage.js';

let directory: string;
let database: DriverDatabase;
let access: SqlAccess & { close(): Promise<void> };
const queries: CompiledQuery[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-sweep-slices-'));
  const file = join(directory, 'test.db');
  await (await openSqliteStorage({ file })).close();
  database = await openDriver(file, 50);
  const db = new Kysely<Database>({
    dialect: createSqliteDialect(database),
    log: ({ query }) => void queries.push(query),
  });
  const sqlite = createSqliteAccess(db, 1000);
  access = { ...toSqlAccess(sqlite), close: sqlite.close };
});
afterEach(async () => {
  queries.length = 0;
  await access.close();
  await rm(directory, { recursive: true });
});

/** 1200 clients with a live grant each but for every hundredth, and as many codes, redeemed but for every hundredth. */
const MANY = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO clients (tenant_id, client_id, source, client_name, redirect_uris, token_endpoint_auth_method, grant_types,
      application_type, created_at, used_at) SELECT 'a', 'client-' || i, 'dynamic', 'n', '[]', 'none', '[]', 'native',
      ${NOW} - 10000000 + i, ${NOW} - 9000000 FROM n;
  INSERT INTO grants (tenant_id, grant_id, subject, client_id, resource, scopes, client_auth_method, authenticated_at,
      created_at, expires_at, last_used_at, kept_until) SELECT 'a', client_id, 's', client_id, 'r', '[]', 'none', 1, 1, ${NOW + 10},
      1, ${NOW + 10} FROM clients WHERE created_at % 100 <> 0;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO authorization_codes (tenant_id, code_hash, client_id, redirect_uri, resource, scopes, subject,
      client_auth_method, authenticated_at, grant_id, issued_at, expires_at, redeemed_at) SELECT 'a', 'code-' || i, 'c', 'r',
      'r', '[]', 's', 'none', 1, 'g', 1, ${NOW} - i, CASE i % 100 WHEN 0 THEN NULL ELSE 1 END FROM n`;

it('looks at clients and codes that stay a slice at a time, by an index', async () => {
  database.exec(MANY);
  expect(await sweep(access, 'a', NOW)).toBe(24);
  const deletions = (table: string, part: string) =>
    queries.filter(({ sql }) => sql.startsWith(`DELETE FROM "${table}"`) && sql.includes(part));
  const slices = [...deletions('clients', 'created_at'), ...deletions('authorization_codes', 'redeemed_at')];
  expect(slices).toHaveLength(6);
  const plans = slices
    .flatMap(({ sql, parameters }) => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters))
    .map((row) => (row as { detail: string }).detail)
    .filter((detail) => detail.includes('_at>?'));
  expect(new Set(plans)).toEqual(
    new Set([
      'SEARCH clients USING INDEX clients_nobody_vouched_for (tenant_id=? AND created_at>? AND created_at<?)',
      'SEARCH authorization_codes USING INDEX authorization_codes_by_end (tenant_id=? AND expires_at>? AND expires_at<?)',
    ]),
  );
  expect(plans).toHaveLength(6);
});

it.each<[string, Error]>([
  ['fails', new Error('broken')],
  ['is locked for too long', new StorageUnavailableError('locked')],
])('goes on with the other kinds where one %s, and says then why', async (_title, failure) => {
  const stores = createSqlStores(access);
  await stores.oneTimeIds.use('a', 'client_assertion', 'id', NOW, NOW - 1);
  await stores.signInSessions.begin(signInSession({ expiresAtEpochSeconds: NOW }));
  const failures = [failure, new Error('later')];
  const failing: SqlAccess = {
    read: access.read,
    write: (tenantId, work) => {
      const next = failures.shift();
      return next === undefined ? access.write(tenantId, work) : Promise.reject(next);
    },
  };
  await expect(sweep(failing, 'a', NOW + 900)).rejects.toBe(failure);
  // The first of the two that failed is that of the sessions; ids came after it.
  expect(await sweep(access, 'a', NOW + 900)).toBe(1);
});

it('F-03 asks nothing more where the storage has gone, however many kinds are left', async () => {
  let acts = 0;
  const gone = () => {
    acts += 1;
    return Promise.reject(new StorageUnavailableError(`gone ${acts}`));
  };
  await expect(sweep({ read: gone, write: gone }, 'a', NOW)).rejects.toThrow('gone 1');
  expect(acts).toBe(2);
});
