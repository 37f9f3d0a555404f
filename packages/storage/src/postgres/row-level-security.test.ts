import { event, grantAccess, NOW, signingKey, TENANT_B, user } from '@portcullis/ports/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

describe('a serving connection, whatever statement it is given', () => {
  let storage: PostgresStorage;
  let raw: pg.Client;
  let tables: readonly string[];

  beforeAll(async () => {
    const { cluster, url } = database();
    storage = await openPostgresStorage({ connectionString: url });
    await cluster.query('portcullis', 'CREATE ROLE serving LOGIN IN ROLE portcullis_app');
    raw = await cluster.connect('portcullis', 'serving');
    await raw.query('SET search_path TO portcullis, pg_temp; SET ROLE portcullis_app');
    for (const tenantId of ['a', TENANT_B]) {
      await grantAccess(storage, { tenantId });
      await storage.signingKeys.addFirst(signingKey({ tenantId }), event('signing_key.created', tenantId));
    }
    const rows = await cluster.query<{ name: string }>(
      'portcullis',
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'portcullis' AND tablename <> 'schema_version'`,
    );
    tables = rows.map(({ name }) => name);
  });
  afterAll(async () => {
    await raw.end();
    await storage.close();
  });

  /** Runs statements in a transaction for a tenant, which is taken back at the end. */
  async function as<Row extends pg.QueryResultRow>(tenantId: string | undefined, statement: string): Promise<Row[]> {
    await raw.query('BEGIN');
    try {
      if (tenantId !== undefined) await raw.query(`SELECT set_config('portcullis.tenant_id', $1, true)`, [tenantId]);
      return (await raw.query<Row>(statement)).rows;
    } finally {
      await raw.query('ROLLBACK');
    }
  }

  it('sees nothing of any table without a tenant, before and after a transaction that had one', async () => {
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) expect(await as(undefined, `SELECT 1 FROM ${table}`)).toEqual([]);
    expect(await as('a', 'SELECT 1 FROM grants')).toHaveLength(1);
    for (const table of tables) expect(await as(undefined, `SELECT 1 FROM ${table}`)).toEqual([]);
    for (const table of tables) expect(await as('', `SELECT 1 FROM ${table}`)).toEqual([]);
  });

  it('sees rows of its own tenant only, in every table', async () => {
    const filled = ['grants', 'users', 'consents', 'refresh_tokens', 'authorization_codes', 'audit_events', 'turns'];
    for (const table of filled) {
      const seen = await as<{ tenant_id: string }>('a', `SELECT tenant_id FROM ${table}`);
      expect(new Set(seen.map(({ tenant_id: tenantId }) => tenantId))).toEqual(new Set(['a']));
    }
    for (const table of tables) expect(await as('a', `SELECT 1 FROM ${table} WHERE tenant_id <> 'a'`)).toEqual([]);
  });

  it('changes and deletes nothing of another tenant', async () => {
    expect(await as('a', `UPDATE grants SET revoked_at = 1 WHERE tenant_id = 'b' RETURNING 1`)).toEqual([]);
    expect(await as('a', `DELETE FROM users WHERE tenant_id = 'b' RETURNING 1`)).toEqual([]);
    expect(await as('a', 'UPDATE grants SET revoked_at = 1 RETURNING tenant_id')).toEqual([{ tenant_id: 'a' }]);
  });

  it('puts no row into another tenant, nor moves one there', async () => {
    const insert = `INSERT INTO users (tenant_id, subject, username, created_at) VALUES ('b', 's', 'u', 1)`;
    await expect(as('a', insert)).rejects.toThrow('row-level security');
    await expect(as(undefined, insert)).rejects.toThrow('row-level security');
    await expect(as('a', `UPDATE users SET tenant_id = 'b'`)).rejects.toThrow('row-level security');
    const forged = `INSERT INTO audit_events (tenant_id, occurred_at, type, body) VALUES ('b', 1, 't', '{}')`;
    await expect(as('a', forged)).rejects.toThrow('row-level security');
  });

  it('ST-03 can add to the trail and read it, and neither change, delete nor empty it', async () => {
    await as('a', `INSERT INTO audit_events (tenant_id, occurred_at, type, body) VALUES ('a', 1, 't', '{}')`);
    for (const statement of [
      `UPDATE audit_events SET body = '{}'`,
      'DELETE FROM audit_events',
      'TRUNCATE audit_events',
      'SELECT 1 FROM audit_events FOR UPDATE',
    ]) {
      await expect(as('a', statement)).rejects.toThrow('permission denied for table audit_events');
    }
    const rewrite = `INSERT INTO audit_events OVERRIDING SYSTEM VALUE VALUES (1, 'a', 1, 't', '{}')
      ON CONFLICT (id) DO UPDATE SET body = '{}'`;
    await expect(as('a', rewrite)).rejects.toThrow('permission denied');
    expect(await database().countEvents('authorization_code.redeemed')).toBe(2);
  });

  it('empties no table, and changes neither tables nor policies nor the schema', async () => {
    for (const table of tables) await expect(as('a', `TRUNCATE ${table}`)).rejects.toThrow('permission denied');
    for (const statement of [
      'ALTER TABLE grants DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE grants NO FORCE ROW LEVEL SECURITY',
      'DROP POLICY own_tenant ON grants',
      'CREATE POLICY all_rows ON grants USING (true)',
      'DROP TABLE grants',
    ]) {
      await expect(as('a', statement)).rejects.toThrow('must be owner');
    }
    await expect(as('a', 'CREATE TABLE mine (id integer)')).rejects.toThrow('permission denied for schema');
    await expect(as('a', 'INSERT INTO schema_version VALUES (99, $$x$$)')).rejects.toThrow('permission denied');
  });

  it('binds the owner of the tables as well', async () => {
    const { cluster } = database();
    await cluster.query('portcullis', 'CREATE ROLE owner LOGIN');
    await cluster.query(
      'portcullis',
      'ALTER TABLE portcullis.grants OWNER TO owner; GRANT USAGE ON SCHEMA portcullis TO owner',
    );
    const owner = await cluster.connect('portcullis', 'owner');
    expect((await owner.query('SELECT 1 FROM portcullis.grants')).rows).toEqual([]);
    await owner.end();
    await cluster.query('portcullis', 'ALTER TABLE portcullis.grants OWNER TO postgres');
  });

  it('may use every table, so that a later step forgets none', async () => {
    const unusable = await database().cluster.query(
      'portcullis',
      `SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'portcullis' AND c.relkind = 'r' AND NOT (
          has_table_privilege('portcullis_app', c.oid, 'SELECT') AND has_table_privilege('portcullis_app', c.oid, 'INSERT'))`,
    );
    expect(unusable).toEqual([{ relname: 'schema_version' }]);
  });

  it('guards every table but the one of the schema version', async () => {
    const unguarded = await database().cluster.query(
      'portcullis',
      `SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'portcullis' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
    );
    expect(unguarded).toEqual([{ relname: 'schema_version' }]);
  });

  it('ST-04 runs no statement that comes in a text: every tenant, name and id is a parameter', async () => {
    const hostile = `x'; RESET ROLE; DROP TABLE portcullis.users; --`;
    await storage.users.add(user({ tenantId: hostile, subject: hostile, username: hostile }), {
      ...event('user.added', hostile),
      detail: hostile,
    });
    expect(await storage.users.findBySubject(hostile, hostile)).toBeDefined();
    expect(await storage.revocationMarks.covers(hostile, [{ kind: 'grant', value: hostile }], NOW, NOW)).toBe(false);
    expect(await storage.users.findBySubject('a', 'subject-alice')).toBeDefined();
  });
});
