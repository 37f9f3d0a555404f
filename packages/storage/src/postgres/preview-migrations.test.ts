import { beforeEach, describe, expect, it } from 'vitest';
import type { MigrationPreview } from '../sql/migration.js';
import { MIGRATIONS } from './migrations/index.js';
import { migratePostgres, planPostgresMigrations } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const KNOWN = MIGRATIONS.length;
const MAY = 'give DATABASE_MIGRATION_URL a login that may';

const database = useDatabase();
let name: string;
let count = 0;

/** A login of this test's own. */
async function makeLogin(label: string, attributes = ''): Promise<string> {
  const login = `${label}_${count}`;
  await query('postgres', `CREATE ROLE ${quoted(login)} LOGIN ${attributes}`);
  return login;
}
const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;
const query = (where: string, statement: string) => database().cluster.query<Record<string, string>>(where, statement);
const url = (login?: string) => database().cluster.url(name, login);
const preview = (serving?: string, migrating?: string): Promise<MigrationPreview> =>
  planPostgresMigrations({
    connectionString: url(serving),
    migrationConnectionString: migrating === undefined ? undefined : url(migrating),
  });

beforeEach(async () => {
  count += 1;
  name = `preview_${count}`;
  await database().cluster.createDatabase(name);
});

describe('the script of the migrations', () => {
  it('makes what migrating makes, role and all, for a login of any name', async () => {
    const { cluster } = database();
    const serving = await makeLogin(`o'brien" \\ ünï`);
    const before = await cluster.dump(name);
    const { script } = await preview(serving, 'postgres');
    expect(await cluster.dump(name)).toBe(before);
    expect(script).toContain(`-- The schema has version 0; this Portcullis needs ${KNOWN}.\n`);
    for (const step of MIGRATIONS) expect(script).toContain(`\n-- Step ${step.version}: ${step.name}\n`);

    const other = `${name}_by_program`;
    await cluster.createDatabase(other);
    const logins = {
      connectionString: cluster.url(other, serving),
      migrationConnectionString: cluster.url(other),
    };
    await migratePostgres(logins);
    await query('postgres', `REVOKE portcullis_app FROM ${quoted(serving)}`);
    await query(name, script);
    expect(await cluster.dump(name)).toBe(await cluster.dump(other));
    const ready = await preview(serving, 'postgres');
    expect(ready).toMatchObject({ current: KNOWN, pending: [], obstacle: undefined, doubts: [] });
    expect(ready.script.split('\n').every((line) => line === '' || line.startsWith('--'))).toBe(true);
    // Once more it fails, and changes nothing.
    await expect(query(name, script)).rejects.toThrow('already exists');
    await query(name, 'ROLLBACK');
    expect(await cluster.dump(name)).toBe(await cluster.dump(other));
  });

  it('leaves out a schema that is there, and steps that were done, and still prepares the role', async () => {
    const owner = await makeLogin('owner');
    await query(name, `CREATE SCHEMA portcullis AUTHORIZATION ${owner}`);
    expect((await preview('postgres', owner)).script).not.toContain('CREATE SCHEMA');
    await migratePostgres({ connectionString: url() });
    await query(name, 'REVOKE SELECT ON portcullis.clients FROM portcullis_app');
    const { pending, script } = await preview();
    expect(pending).toEqual([]);
    expect(script).not.toContain('-- Step');
    await query(name, script);
    expect((await preview()).script).toContain('There is nothing to do.');
  });
});

describe('whether the login may', () => {
  it('is told where it may not make the schema, or tables in it', async () => {
    const login = await makeLogin('plain');
    const { obstacle, doubts, pending } = await preview(login);
    expect(pending).toHaveLength(KNOWN);
    expect(obstacle).toBe(`the login ${login} may not run this: it may not make a schema in this database; ${MAY}`);
    expect(doubts).toEqual([]);
    await query(name, 'CREATE SCHEMA portcullis');
    expect((await preview(login)).obstacle).toContain('it may not make tables in the schema portcullis');
    // And so it is: nothing is made elsewhere in place of it, not even for a moment.
    await expect(migratePostgres({ connectionString: url(login) })).rejects.toThrow(
      `the login ${login} may not make its schema (permission denied for schema portcullis)`,
    );
  });

  it('is told where it may', async () => {
    const login = await makeLogin('grantee');
    await query(name, `GRANT CREATE ON DATABASE "${name}" TO "${login}"`);
    expect((await preview(login)).obstacle).toBeUndefined();
    expect((await migratePostgres({ connectionString: url(login) })).pending).toHaveLength(KNOWN);
  });

  it('is told of the role, which is a doubt and no obstacle', async () => {
    const { cluster } = database();
    const [serving, owner] = [await makeLogin('serving'), await makeLogin('owner')];
    await query(name, `GRANT CREATE ON DATABASE "${name}" TO "${owner}"`);
    const lend = `as an administrator: GRANT portcullis_app TO "${serving}"`;
    expect(await preview(serving, owner)).toMatchObject({
      obstacle: undefined,
      doubts: [`The login ${owner} may not let ${serving}, which serves, take on the role portcullis_app; ${lend}`],
    });
    await query('postgres', `GRANT portcullis_app TO "${owner}" WITH ADMIN OPTION`);
    const { doubts, forRole } = await preview(serving, owner);
    expect(doubts).toEqual([]);
    expect(forRole.at(-1)).toBe(`GRANT portcullis_app TO "${serving}"`);
    const done = await migratePostgres({
      connectionString: url(serving),
      migrationConnectionString: cluster.url(name, owner),
    });
    expect(done).toMatchObject({ doubts: [], forRole });
    const [row] = await cluster.query<{ taken: boolean }>(
      'postgres',
      `SELECT pg_has_role('${serving}', 'portcullis_app', 'MEMBER') AS taken`,
    );
    expect(row?.taken).toBe(true);
  });

  it('is told of one login alone by what it is: nobody has said that it serves', async () => {
    const owner = await makeLogin('owner');
    await query(name, `GRANT CREATE ON DATABASE "${name}" TO "${owner}"`);
    // Every test of this server has made some that may take the role on: none of them may connect to this database.
    await makeLogin('stranger', 'IN ROLE portcullis_app');
    await query(
      name,
      `REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${name}" TO "${owner}"`,
    );
    const nobody =
      `No login that may connect here, superusers apart, may take on the role portcullis_app, nor may ${owner} let one; as an administrator: ` +
      `GRANT portcullis_app TO "${owner}", or to the login that is to serve where that is another one`;
    expect((await preview(owner)).doubts).toEqual([nobody]);
    expect((await migratePostgres({ connectionString: url(owner) })).doubts).toEqual([nobody]);
    const serving = await makeLogin('serving', 'IN ROLE portcullis_app');
    await query(name, `GRANT CONNECT ON DATABASE "${name}" TO "${serving}"`);
    expect((await preview(owner)).doubts).toEqual([]);
  });

  it('is told what the role lacks, or has too much, whether migrating gives it or not', async () => {
    const serving = await makeLogin('serving', 'IN ROLE portcullis_app');
    await migratePostgres({ connectionString: url() });
    await query(name, 'REVOKE DELETE ON portcullis.clients, portcullis.device_codes FROM portcullis_app');
    const lacks = 'The role portcullis_app lacks DELETE on clients, device_codes';
    const grant = 'GRANT DELETE ON portcullis.clients, portcullis.device_codes TO portcullis_app';
    expect(await preview()).toMatchObject({ doubts: [], forRole: [grant] });
    const either = 'as the owner of the schema run npx portcullis migrate, or as the owner or an administrator';
    expect(await preview(serving)).toMatchObject({ doubts: [`${lacks}; ${either}: ${grant}`], forRole: [] });
    expect(await migratePostgres({ connectionString: url(serving) })).toMatchObject({
      doubts: [`${lacks}; ${either}: ${grant}`],
      forRole: [],
    });
    await query(name, (await preview(serving)).script);
    await query(name, 'GRANT DELETE ON portcullis.audit_events TO portcullis_app');
    expect((await preview(serving)).doubts).toEqual([
      expect.stringContaining('beyond SELECT and INSERT the role portcullis_app has DELETE on audit_events'),
    ]);
    await query(name, 'REVOKE SELECT ON portcullis.schema_version FROM portcullis_app');
    await expect(preview(serving)).rejects.toThrow('the role portcullis_app lacks SELECT on schema_version');
  });

  it('is told where the role is still to be made', async () => {
    await query('portcullis', 'DROP SCHEMA portcullis CASCADE');
    for (let number = 1; number < count; number += 1) {
      for (const one of [`preview_${number}`, `preview_${number}_by_program`]) {
        const found = await query('postgres', `SELECT FROM pg_database WHERE datname = '${one}'`);
        if (found.length > 0) await query(one, 'DROP OWNED BY portcullis_app');
      }
    }
    await query('postgres', 'DROP ROLE portcullis_app');
    const [plain, maker] = [await makeLogin('plain'), await makeLogin('maker', 'CREATEROLE')];
    for (const login of [plain, maker]) await query(name, `GRANT CREATE ON DATABASE "${name}" TO "${login}"`);
    expect((await preview(plain)).doubts).toEqual([
      expect.stringMatching(
        /^There is no role portcullis_app, .* the login plain_\d+ may not make it; .*: CREATE ROLE portcullis_app NOLOGIN; GRANT portcullis_app TO "plain_\d+", or to .*; then as plain_\d+ run npx portcullis migrate, /,
      ),
    ]);
    expect((await preview(plain)).forRole).toEqual([]);
    expect(await preview(plain, maker)).toMatchObject({
      doubts: [],
      forRole: [
        'CREATE ROLE portcullis_app NOLOGIN',
        'GRANT USAGE ON SCHEMA portcullis TO portcullis_app',
        expect.stringMatching(/^GRANT SELECT, INSERT, UPDATE, DELETE ON portcullis\.clients, /),
        'GRANT SELECT, INSERT, UPDATE ON portcullis.served_issuers, portcullis.turns TO portcullis_app',
        'GRANT SELECT, INSERT ON portcullis.audit_events TO portcullis_app',
        'GRANT SELECT ON portcullis.schema_version TO portcullis_app',
        `GRANT portcullis_app TO "${plain}"`,
      ],
    });
    expect((await preview()).doubts).toEqual([]);
    expect(await query('postgres', `SELECT FROM pg_roles WHERE rolname = 'portcullis_app'`)).toEqual([]);
  });
});
