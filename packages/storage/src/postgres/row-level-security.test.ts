import { event, grantAccess, NOW, signingKey, TENANT_B, user } from '@portcullis/ports/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';
import { type FillableTable, fillableTables } from './testing/generated-rows.js';

/** What the server makes of the one condition that policies have. */
const OWN_ROW = `(tenant_id = current_setting('portcullis.tenant_id'::text, true))`;

/** What the role may not do to a table whatever the row: the trail is for good, turns go on counting, and whom the
 * store was served as is known from the first start on. */
const DENIED: Readonly<Record<string, readonly string[]>> = {
  audit_events: ['UPDATE', 'DELETE'],
  served_issuers: ['DELETE'],
  turns: ['DELETE'],
};

const database = useDatabase();

describe('a serving connection, whatever statement it is given', () => {
  let storage: PostgresStorage;
  let raw: pg.Client;
  let tables: readonly FillableTable[];

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
    tables = await fillableTables(cluster, 'portcullis');
    for (const { name, insert } of tables) {
      // Each row of a tenant stands for itself: what refers to another table refers to nothing.
      const fill = [insert('p', `${name} of p`), insert('q', `${name} of q`)];
      await cluster.query('portcullis', `SET session_replication_role TO replica; ${fill.join('; ')}`);
    }
    await cluster.query('portcullis', 'RESET session_replication_role');
  });
  afterAll(async () => {
    await raw.end();
    await storage.close();
  });

  /** Runs a statement in a transaction for a tenant, which is taken back at the end. */
  async function run(tenantId: string | undefined, statement: string): Promise<pg.QueryResult> {
    const name = tenantId === undefined ? '' : `; SET LOCAL portcullis.tenant_id TO '${tenantId}'`;
    await raw.query(`BEGIN${name}`);
    try {
      return await raw.query(statement);
    } finally {
      await raw.query('ROLLBACK');
    }
  }
  const as = async (tenantId: string | undefined, statement: string) => (await run(tenantId, statement)).rows;

  it('sees nothing of any table without a tenant, before and after a transaction that had one', async () => {
    expect(tables.length).toBeGreaterThan(10);
    const none = async (tenantId?: string) => {
      for (const { name } of tables) expect(await as(tenantId, `SELECT 1 FROM ${name}`)).toEqual([]);
    };
    await none();
    expect(await as('a', 'SELECT 1 FROM grants')).toHaveLength(1);
    await none();
    await none('');
  });

  it('reads rows of its own tenant only, in every table', async () => {
    for (const { name } of tables) {
      expect(await as('p', `SELECT tenant_id, '${name}' AS name FROM ${name}`)).toEqual([{ tenant_id: 'p', name }]);
      expect(await as('p', `SELECT 1 FROM ${name} WHERE tenant_id <> 'p'`)).toEqual([]);
    }
  });

  it('puts no row into another tenant, nor moves one there, in any table', async () => {
    for (const { name, insert } of tables) {
      const refusal = `row-level security policy for table "${name}"`;
      await expect(as('p', insert('q', 'foreign'))).rejects.toThrow(refusal);
      await expect(as(undefined, insert('q', 'foreign'))).rejects.toThrow(refusal);
      const move = DENIED[name]?.includes('UPDATE') ? `permission denied for table ${name}` : refusal;
      await expect(as('p', `UPDATE ${name} SET tenant_id = 'r'`)).rejects.toThrow(move);
    }
  });

  it('changes and deletes nothing of another tenant in any table, whether or not it asks for it by name', async () => {
    for (const { name } of tables) {
      for (const [act, statement] of [
        ['UPDATE', `UPDATE ${name} SET tenant_id = 'p'`],
        ['DELETE', `DELETE FROM ${name}`],
      ] as const) {
        const foreign = `${statement} WHERE tenant_id = 'q'`;
        if (DENIED[name]?.includes(act)) {
          for (const one of [statement, foreign]) {
            await expect(as('p', one)).rejects.toThrow(`permission denied for table ${name}`);
          }
          continue;
        }
        expect({ statement, rows: (await run('p', statement)).rowCount }).toEqual({ statement, rows: 1 });
        expect({ statement, rows: (await run('p', foreign)).rowCount }).toEqual({ statement, rows: 0 });
        expect({ statement, rows: (await run(undefined, statement)).rowCount }).toEqual({ statement, rows: 0 });
      }
    }
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
    for (const { name } of tables) await expect(as('a', `TRUNCATE ${name}`)).rejects.toThrow('permission denied');
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

  it('is bound by the policies that are meant and by no others, in every table but the one of the schema version', async () => {
    const { cluster } = database();
    const policies = await cluster.query<{ name: string }>(
      'portcullis',
      `SELECT tablename AS name, policyname AS policy, permissive, roles::text, cmd, qual, with_check AS "check"
        FROM pg_policies WHERE schemaname = 'portcullis'`,
    );
    const meant = { permissive: 'PERMISSIVE', roles: '{public}', cmd: 'ALL', qual: OWN_ROW, check: OWN_ROW };
    const ofTable = (name: string): readonly object[] =>
      name === 'audit_events'
        ? [
            { ...meant, name, policy: 'read_own_tenant', cmd: 'SELECT', check: null },
            { ...meant, name, policy: 'append_to_own_tenant', cmd: 'INSERT', qual: null },
          ]
        : [{ ...meant, name, policy: 'own_tenant' }];
    const sorted = (all: readonly object[]) => all.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
    expect(sorted(policies)).toEqual(sorted(tables.flatMap(({ name }) => ofTable(name))));
    // Nothing else with rows is there either, which policies would not bind: no view, no partitioned or foreign table.
    const unguarded = await cluster.query(
      'portcullis',
      `SELECT relname FROM pg_class WHERE relnamespace = 'portcullis'::regnamespace AND relkind NOT IN ('i', 'S')
        AND NOT (relkind = 'r' AND relrowsecurity AND relforcerowsecurity)`,
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
