import { beforeAll, describe, expect, it } from 'vitest';
import { migratePostgres, openPostgresStorage } from './postgres-storage.js';
import { type PrivilegeState, readPrivileges } from './privileges.js';
import { useDatabase } from './testing/database.js';
import { serve } from './testing/serving.js';

const ROLE = 'portcullis_app';
const EITHER = 'as the owner of the schema run npx portcullis migrate, or as the owner or an administrator: ';

/** Of every other table acts need all four. */
const FEWER: Readonly<Record<string, readonly string[]>> = {
  served_issuers: ['SELECT', 'INSERT', 'UPDATE'],
  turns: ['SELECT', 'INSERT', 'UPDATE'],
  audit_events: ['SELECT', 'INSERT'],
  schema_version: ['SELECT'],
};

const database = useDatabase();
const query = (statement: string) => database().cluster.query<Record<string, string>>('portcullis', statement);

describe('what the role may do', () => {
  let needed: readonly { readonly table: string; readonly privilege: string }[];

  beforeAll(async () => {
    const tables = await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'portcullis'`);
    needed = tables.flatMap(({ tablename: table = '' }) =>
      (FEWER[table] ?? ['SELECT', 'INSERT', 'UPDATE', 'DELETE']).map((privilege) => ({ table, privilege })),
    );
  });

  it('is on every table what acts need and nothing else, so that a later step forgets none', async () => {
    const given = await query(
      `SELECT c.relname AS table, a.privilege_type AS privilege FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'portcullis'::regnamespace AND c.relkind = 'r' AND a.grantee = '${ROLE}'::regrole`,
    );
    const sorted = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).sort();
    expect(needed.length).toBeGreaterThan(60);
    expect(sorted(given)).toEqual(sorted(needed));
  });

  it('is asked table by table and privilege by privilege, and on the trail for too much as well', async () => {
    const { access, close } = serve(database().url);
    const read = () => access.read('a', (trx) => readPrivileges(trx, ROLE));
    const nothing: PrivilegeState = { missing: [], tooMuchOnTrail: [] };
    const mayGive = false;
    try {
      expect(await read()).toEqual(nothing);
      for (const { table, privilege } of needed) {
        await query(`REVOKE ${privilege} ON portcullis.${table} FROM ${ROLE}`);
        expect(await read()).toEqual({ ...nothing, missing: [{ table, privileges: [privilege], mayGive }] });
        await query(`GRANT ${privilege} ON portcullis.${table} TO ${ROLE}`);
      }
      await query(`REVOKE USAGE ON SCHEMA portcullis FROM ${ROLE}`);
      expect((await read()).missing).toMatchObject([{ table: null, privileges: ['USAGE'], mayGive }]);
      await query(`GRANT USAGE ON SCHEMA portcullis TO ${ROLE}`);
      for (const privilege of ['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) {
        await query(`GRANT ${privilege} ON portcullis.audit_events TO ${ROLE}`);
        expect(await read()).toEqual({ ...nothing, tooMuchOnTrail: [privilege] });
        await query(`REVOKE ${privilege} ON portcullis.audit_events FROM ${ROLE}`);
      }
      expect(await read()).toEqual(nothing);
    } finally {
      await close();
    }
  });
});

describe('a database whose role lacks what acts need', () => {
  let connectionString: string;

  beforeAll(async () => {
    await query(`CREATE ROLE serving LOGIN IN ROLE ${ROLE}`);
    connectionString = database().cluster.url('portcullis', 'serving');
  });

  it.each([
    [
      'REVOKE DELETE ON portcullis.device_codes FROM portcullis_app',
      'the role portcullis_app lacks DELETE on device_codes; ' +
        EITHER +
        'GRANT DELETE ON portcullis.device_codes TO portcullis_app',
    ],
    [
      'REVOKE INSERT, UPDATE ON portcullis.users, portcullis.turns, portcullis.grants FROM portcullis_app',
      'the role portcullis_app lacks INSERT, UPDATE on users, grants, turns; ' +
        EITHER +
        'GRANT INSERT, UPDATE ON portcullis.users, portcullis.grants, portcullis.turns TO portcullis_app',
    ],
    [
      'REVOKE SELECT ON portcullis.schema_version FROM portcullis_app',
      'the role portcullis_app lacks SELECT on schema_version; ' +
        EITHER +
        'GRANT SELECT ON portcullis.schema_version TO portcullis_app',
    ],
    [
      'REVOKE USAGE ON SCHEMA portcullis FROM portcullis_app; REVOKE INSERT ON portcullis.audit_events FROM portcullis_app',
      'the role portcullis_app lacks USAGE on the schema portcullis; INSERT on audit_events; ' +
        EITHER +
        'GRANT USAGE ON SCHEMA portcullis TO portcullis_app; GRANT INSERT ON portcullis.audit_events TO portcullis_app',
    ],
  ])(
    'is not opened by a login that may not give it: after %s it says what, on which table, and what to run',
    async (revoke, sentence) => {
      await query(revoke);
      for (const schema of ['migrate', 'make', 'existing'] as const) {
        await expect(openPostgresStorage({ connectionString, schema })).rejects.toThrow(`as serving: ${sentence}`);
      }
      await query(sentence.slice(sentence.indexOf('GRANT')));
      const storage = await openPostgresStorage({ connectionString });
      expect(storage.guarantees.every(({ held }) => held)).toBe(true);
      await storage.close();
    },
  );

  it('is given it by the first login that may, where migrating is what that login does', async () => {
    const { url: migrationConnectionString } = database();
    const revoke = 'REVOKE UPDATE ON portcullis.grants FROM portcullis_app';
    await query(revoke);
    await expect(openPostgresStorage({ connectionString: migrationConnectionString, schema: 'make' })).rejects.toThrow(
      'lacks UPDATE on grants',
    );
    await (await openPostgresStorage({ connectionString, migrationConnectionString })).close();
    await query(revoke);
    await migratePostgres({ connectionString, migrationConnectionString });
    await (await openPostgresStorage({ connectionString })).close();
  });
});
