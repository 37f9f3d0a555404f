import { event, user } from '@portcullis/ports/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  migratePostgres,
  openPostgresStorage,
  type PostgresStorage,
  type PostgresStorageOptions,
  planPostgresMigrations,
} from './postgres-storage.js';
import { type Cluster, startCluster } from './testing/cluster.js';

const ALL_HELD = { row_level_security: true, append_only_trail: true, separate_migration_login: true };

describe('what the database guards', () => {
  let cluster: Cluster;
  let count = 0;

  // The role belongs to the whole server, so this one is fresh, and the first test is the one that has no role yet.
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster.dispose(), 60_000);

  /** A login and a fresh database that it owns. */
  async function makeOwner(attributes = ''): Promise<{ database: string; login: string; url: string }> {
    count += 1;
    const [database, login] = [`database_${count}`, `owner_${count}`];
    await cluster.query('postgres', `CREATE ROLE ${login} LOGIN ${attributes}`);
    if (attributes === 'CREATEROLE') await letGrant(login);
    await cluster.createDatabase(database, login);
    return { database, login, url: cluster.url(database, login) };
  }

  /** From PostgreSQL 16 on, only who made a role gives it away, or whom that one lets. */
  async function letGrant(login: string): Promise<void> {
    const [role] = await cluster.query('postgres', `SELECT FROM pg_roles WHERE rolname = 'portcullis_app'`);
    if (role !== undefined) await cluster.query('postgres', `GRANT portcullis_app TO ${login} WITH ADMIN OPTION`);
  }

  async function makeLogin(attributes = ''): Promise<string> {
    count += 1;
    await cluster.query('postgres', `CREATE ROLE login_${count} LOGIN ${attributes}`);
    return `login_${count}`;
  }

  /** What is held. The server of these tests has logins of many installations, which may connect everywhere. */
  function heldBy({ guarantees }: PostgresStorage): Readonly<Record<string, boolean>> {
    return Object.fromEntries(guarantees.filter(({ id }) => id in ALL_HELD).map(({ id, held }) => [id, held]));
  }

  /** Opens the storage, sees that it works, and answers what it guarantees. */
  async function open(options: PostgresStorageOptions) {
    const storage = await openPostgresStorage(options);
    try {
      expect(await storage.users.add(user(), event('user.added'))).toBe('added');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(user());
      expect(await storage.users.findBySubject('b', 'subject-alice')).toBeUndefined();
      return {
        held: heldBy(storage),
        details: storage.guarantees.map(({ detail }) => detail).join('\n'),
      };
    } finally {
      await storage.close();
    }
  }

  it('is the tenants alone, for an owner who may not make the role, and the program works all the same', async () => {
    const { url, login } = await makeOwner();
    const { held, details } = await open({ connectionString: url });
    expect(held).toEqual({ row_level_security: true, append_only_trail: false, separate_migration_login: false });
    expect(details).toContain(`does not keep events of the trail from being changed: ${login} may`);
    expect(details).toContain('Set DATABASE_MIGRATION_URL to the login that owns the schema');
    expect(await cluster.query('postgres', `SELECT 1 FROM pg_roles WHERE rolname = 'portcullis_app'`)).toEqual([]);
  });

  it('grows once the owner may make the role: what it had without is granted then', async () => {
    const { url, login } = await makeOwner();
    expect((await open({ connectionString: url })).held['append_only_trail']).toBe(false);
    await cluster.query('postgres', `ALTER ROLE ${login} CREATEROLE`);
    const storage = await openPostgresStorage({ connectionString: url });
    expect(heldBy(storage)).toEqual({ ...ALL_HELD, separate_migration_login: false });
    expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(user());
    await storage.close();
  });

  it('is tenants and trail for a superuser, who takes the role on, and could take it off', async () => {
    await cluster.createDatabase('of_superuser');
    const { held, details } = await open({ connectionString: cluster.url('of_superuser') });
    expect(held).toEqual({ ...ALL_HELD, separate_migration_login: false });
    expect(details).toContain('The login postgres, which serves, could change the schema');
  });

  it('is everything where one login migrates and another one serves: the first lets the second take the role on', async () => {
    const owner = await makeOwner('CREATEROLE');
    const login = await makeLogin();
    const connectionString = cluster.url(owner.database, login);
    const { held, details } = await open({ connectionString, migrationConnectionString: owner.url });
    expect(held).toEqual(ALL_HELD);
    expect(details).toContain(`The login ${login}, which serves, cannot change the schema`);
  });

  it('is everything for a login that serves a database which was migrated before', async () => {
    const owner = await makeOwner('CREATEROLE');
    const connectionString = cluster.url(owner.database, await makeLogin());
    await migratePostgres({ connectionString, migrationConnectionString: owner.url });
    expect((await open({ connectionString })).held).toEqual(ALL_HELD);
  });

  it('is nothing to a login that was let do nothing, also where another one has migrated', async () => {
    const owner = await makeOwner('CREATEROLE');
    const login = await makeLogin();
    await migratePostgres({ connectionString: owner.url });
    await expect(open({ connectionString: cluster.url(owner.database, login) })).rejects.toThrow(
      new RegExp(
        `the login ${login} is no member of the role portcullis_app; as an administrator: GRANT portcullis_app TO "${login}"$`,
      ),
    );
    // The role has lost what it had, so that being made a member of it is not enough.
    await cluster.query(owner.database, 'DROP OWNED BY portcullis_app');
    await expect(open({ connectionString: cluster.url(owner.database, login) })).rejects.toThrow(
      `GRANT portcullis_app TO "${login}"; then as the login ${owner.login}, which owns the schema, run npx portcullis migrate`,
    );
  });

  it('is everything for a member that does not inherit what the role may: it serves as the role', async () => {
    const owner = await makeOwner('CREATEROLE');
    const login = await makeLogin('NOINHERIT IN ROLE portcullis_app');
    const connectionString = cluster.url(owner.database, login);
    await migratePostgres({ connectionString: owner.url });
    expect((await open({ connectionString })).held).toEqual(ALL_HELD);
    for (const schema of ['make', 'existing'] as const) {
      await (await openPostgresStorage({ connectionString, schema })).close();
    }
    expect(await planPostgresMigrations({ connectionString })).toMatchObject({
      pending: [],
      forRole: [],
      doubts: [],
      script: expect.stringContaining('There is nothing to do.'),
    });
    await cluster.query(owner.database, 'REVOKE SELECT ON portcullis.schema_version FROM portcullis_app');
    await expect(open({ connectionString })).rejects.toThrow('the role portcullis_app lacks SELECT on schema_version');
  });

  it('is nothing to a login that may not take the role on: it is refused with the statement to run, which helps', async () => {
    const owner = await makeOwner();
    count += 1;
    const login = `it's "me" ${count}`;
    const quoted = `"it's ""me"" ${count}"`;
    await cluster.query('postgres', `CREATE ROLE ${quoted} LOGIN`);
    const options = { connectionString: cluster.url(owner.database, login), migrationConnectionString: owner.url };
    await expect(open(options)).rejects.toThrow(`as an administrator: GRANT portcullis_app TO ${quoted}`);
    await cluster.query('postgres', `GRANT portcullis_app TO ${quoted}`);
    // The owner could not give the role its rights either way, were it not the owner of the schema.
    expect((await open(options)).held).toEqual(ALL_HELD);
  });

  it('lets no name of a login become a part of a statement', async () => {
    const owner = await makeOwner('CREATEROLE');
    await cluster.query('postgres', `CREATE ROLE "x; DROP SCHEMA portcullis CASCADE; --" LOGIN`);
    const connectionString = cluster.url(owner.database, 'x; DROP SCHEMA portcullis CASCADE; --');
    expect((await open({ connectionString, migrationConnectionString: owner.url })).held).toEqual(ALL_HELD);
  });

  it('is not even the tenants for a login above row-level security that does not take the role on', async () => {
    const { url, login } = await makeOwner('BYPASSRLS');
    const { held, details } = await open({ connectionString: url });
    expect(held).toEqual({
      row_level_security: false,
      append_only_trail: false,
      separate_migration_login: false,
    });
    expect(details).toContain(`${login} is above row-level security`);
  });

  it('is told to be lost when somebody has made the role itself powerful', async () => {
    await cluster.createDatabase('of_powerful_role');
    await cluster.query('postgres', 'ALTER ROLE portcullis_app BYPASSRLS');
    try {
      const { held } = await open({ connectionString: cluster.url('of_powerful_role') });
      expect(held['row_level_security']).toBe(false);
    } finally {
      await cluster.query('postgres', 'ALTER ROLE portcullis_app NOBYPASSRLS');
    }
  });

  it('is everything on a fresh database whose role may read every table by another role: what acts need is given all the same', async () => {
    await cluster.createDatabase('of_reading_role');
    await cluster.query('postgres', 'GRANT pg_read_all_data TO portcullis_app');
    try {
      const { held } = await open({ connectionString: cluster.url('of_reading_role') });
      expect(held).toEqual({ ...ALL_HELD, separate_migration_login: false });
    } finally {
      await cluster.query('postgres', 'REVOKE pg_read_all_data FROM portcullis_app');
    }
  });

  it('is told to be lost when the role may do more to the trail than add and read, with which privileges and what to run', async () => {
    const owner = await makeOwner('CREATEROLE');
    const connectionString = cluster.url(owner.database, await makeLogin());
    await migratePostgres({ connectionString, migrationConnectionString: owner.url });
    const grant = 'GRANT TRIGGER, UPDATE (body) ON portcullis.audit_events TO portcullis_app';
    await cluster.query(owner.database, grant);
    const storage = await openPostgresStorage({ connectionString });
    await storage.close();
    const [trail] = storage.guarantees.filter(({ held }) => !held);
    expect(trail).toMatchObject({ id: 'append_only_trail' });
    expect(trail?.detail).toContain(
      'beyond SELECT and INSERT the role portcullis_app has UPDATE, TRIGGER on audit_events',
    );
    const revoke = /REVOKE .* FROM portcullis_app/.exec(trail?.detail ?? '')?.[0] ?? '';
    await cluster.query(owner.database, revoke);
    expect((await open({ connectionString })).held).toEqual(ALL_HELD);
  });

  it('cannot be set up by a login that may make nothing there, which says so and what to do', async () => {
    const owner = await makeOwner();
    const login = await makeLogin();
    const { message } = await open({ connectionString: cluster.url(owner.database, login) }).then(
      () => new Error('It was opened'),
      (error: Error) => error,
    );
    expect(message).toMatch(
      new RegExp(
        `^Cannot use the database ${owner.database} at 127.0.0.1:\\d+ as ${login}: the login ${login} may not make its ` +
          `schema \\(permission denied for database ${owner.database}\\); give DATABASE_MIGRATION_URL a login that may$`,
      ),
    );
  });

  it('can be set up in a schema that an administrator made for a login which may make none', async () => {
    await cluster.createDatabase('prepared');
    const login = await makeLogin();
    await cluster.query('prepared', `CREATE SCHEMA portcullis AUTHORIZATION ${login}`);
    expect((await open({ connectionString: cluster.url('prepared', login) })).held['row_level_security']).toBe(true);
  });
});
