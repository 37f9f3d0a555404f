import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqliteAccess } from './access.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { openDatabase } from './open-database.js';

describe('migrate', () => {
  let directory: string;
  let access: SqliteAccess;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-migrate-'));
    const file = join(directory, 'test.db');
    access = await openDatabase({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 100 });
  });
  afterEach(async () => {
    await access.close();
    await rm(directory, { recursive: true });
  });

  const versions = async () => {
    const rows = await access.read((db) => db.selectFrom('schema_version').select('version').execute());
    return rows.map(({ version }) => version);
  };

  it('numbers its steps 1, 2, 3, …', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('runs each step once', async () => {
    const next = MIGRATIONS.length + 1;
    const step = { version: next, name: 'next', statements: ['CREATE TABLE extra (id INTEGER) STRICT'] };
    await migrate(access, [...MIGRATIONS, step]);
    await migrate(access, [...MIGRATIONS, step]);
    expect(await versions()).toEqual([...MIGRATIONS.map(({ version }) => version), next]);
  });

  it('leaves nothing behind of a step that fails', async () => {
    const step = {
      version: MIGRATIONS.length + 1,
      name: 'broken',
      statements: ['CREATE TABLE extra (id INTEGER) STRICT', 'CREATE TABLE users (id INTEGER) STRICT'],
    };
    await expect(migrate(access, [...MIGRATIONS, step])).rejects.toThrow('users');
    expect(await versions()).toEqual(MIGRATIONS.map(({ version }) => version));
    const left = await access.read((db) => sql`SELECT 1 FROM sqlite_schema WHERE name = 'extra'`.execute(db));
    expect(left.rows).toEqual([]);
  });

  it('names the tenant in every table, so that no row belongs to nobody', async () => {
    const { rows } = await access.read((db) =>
      sql<{ name: string }>`SELECT t.name FROM sqlite_schema AS t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
        AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'tenant_id' AND "notnull" = 1)`.execute(
        db,
      ),
    );
    expect(rows).toEqual([{ name: 'schema_version' }]);
  });
});
