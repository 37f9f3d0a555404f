import { event, user } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import type { Guarantee } from './guarantees.js';
import { migratePostgres, openPostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

/** What a start says of the logins that may come in, of an installation with a user. */
async function ownLoginsOf(name: string, serving: string, migrating?: string): Promise<Guarantee | undefined> {
  const { cluster } = database();
  const storage = await openPostgresStorage({
    connectionString: cluster.url(name, serving),
    migrationConnectionString: migrating && cluster.url(name, migrating),
  });
  await storage.users.add(user(), event('user.added'));
  await storage.close();
  return storage.guarantees.find(({ id }) => id === 'own_logins');
}

it('a login of another installation that may come in is told of at start, with what keeps it out', async () => {
  const { cluster } = database();
  for (const name of ['one', 'two']) {
    await cluster.query('postgres', `CREATE ROLE "owner ${name}" LOGIN; CREATE ROLE "serves ${name}" LOGIN`);
    await cluster.query('postgres', `GRANT portcullis_app TO "serves ${name}"`);
    await cluster.createDatabase(`db ${name}`, `owner ${name}`);
  }
  const loginsOf = (name: string) => ({
    connectionString: cluster.url(`db ${name}`, `serves ${name}`),
    migrationConnectionString: cluster.url(`db ${name}`, `owner ${name}`),
  });
  await migratePostgres(loginsOf('two'));
  const openOne = async () => {
    const storage = await openPostgresStorage(loginsOf('one'));
    await storage.users.add(user(), event('user.added'));
    await storage.close();
    return storage.guarantees.filter(({ held }) => !held);
  };
  /** What a login of the second installation finds in the database of the first. */
  const strangerSees = async () => {
    const stranger = await cluster.connect('db one', 'serves two');
    try {
      await stranger.query(`SET ROLE portcullis_app; SET portcullis.tenant_id = 'a'`);
      return (await stranger.query('SELECT username FROM portcullis.users')).rows;
    } finally {
      await stranger.end();
    }
  };

  const [doubt, ...more] = await openOne();
  expect([doubt?.id, more]).toEqual(['own_logins', []]);
  expect(doubt?.detail).toContain(
    'may take on a role that is one for all databases of the server (portcullis_app, pg_read_all_data, pg_write_all_data): serves two.',
  );
  expect(await strangerSees()).toEqual([{ username: 'alice' }]);

  const statements = /As an administrator: (.*?; GRANT [^;]*);/.exec(doubt?.detail ?? '')?.[1];
  await cluster.query('db one', statements ?? '');
  expect(await openOne()).toEqual([]);
  await expect(strangerSees()).rejects.toThrow('permission denied for database "db one"');
});

it('a login that may read the tables of every database is told of where everybody may connect', async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE "owner three" LOGIN; CREATE ROLE "reads all" LOGIN');
  await cluster.createDatabase('db three', 'owner three');
  // Those of the test before may take on the role, and would hide whether this one is seen.
  await cluster.query('postgres', 'REVOKE portcullis_app FROM "serves one", "serves two"');
  expect(await ownLoginsOf('db three', 'owner three')).toMatchObject({ held: true });
  await cluster.query('postgres', 'GRANT pg_read_all_data TO "reads all"');
  expect(await ownLoginsOf('db three', 'owner three')).toMatchObject({
    held: false,
    detail: expect.stringContaining('): reads all.'),
  });
  await cluster.query('postgres', 'REVOKE CONNECT ON DATABASE "db three" FROM PUBLIC; DROP ROLE "reads all"');
});

it('a member of the owner is told of, who may connect whatever everybody may, until it is none', async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE colleague LOGIN IN ROLE "owner three"');
  /** What a member of the owner does to the rows of the installation. */
  const colleagueDeletes = async () => {
    const colleague = await cluster.connect('db three', 'colleague');
    try {
      await colleague.query(`SET portcullis.tenant_id = 'a'`);
      return (await colleague.query('DELETE FROM portcullis.users RETURNING username')).rows;
    } finally {
      await colleague.end();
    }
  };

  const doubt = await ownLoginsOf('db three', 'owner three');
  expect(doubt).toMatchObject({
    held: false,
    detail: expect.stringContaining(
      'the owner owner three may, its members may as well, connecting included: colleague.',
    ),
  });
  expect(await colleagueDeletes()).toEqual([{ username: 'alice' }]);
  await cluster.query('postgres', 'ALTER ROLE colleague NOINHERIT');
  expect(await ownLoginsOf('db three', 'owner three')).toMatchObject({ held: false });
  const elsewhere = await cluster.connect('postgres', 'colleague');
  await elsewhere.query('SET ROLE "owner three"; GRANT CONNECT ON DATABASE "db three" TO colleague');
  await elsewhere.end();
  await cluster.query('postgres', 'REVOKE CONNECT ON DATABASE "db three" FROM colleague');

  const [, statement] = /As an administrator: (.*?);/.exec(doubt?.detail ?? '') ?? [];
  await cluster.query('postgres', statement ?? '');
  expect(await ownLoginsOf('db three', 'owner three')).toMatchObject({ held: true });
  await expect(colleagueDeletes()).rejects.toThrow('permission denied for database "db three"');
});

it('the login that migrates may be a member of an owner that cannot log in', async () => {
  const { cluster } = database();
  const roles =
    'CREATE ROLE group_four; CREATE ROLE migrates_four LOGIN IN ROLE group_four; CREATE ROLE serves_four LOGIN';
  await cluster.query('postgres', `${roles}; ALTER ROLE migrates_four SET ROLE = group_four`);
  await cluster.query('postgres', 'GRANT portcullis_app TO serves_four');
  await cluster.createDatabase('db four', 'group_four');
  const statements =
    'REVOKE CONNECT ON DATABASE "db four" FROM PUBLIC; GRANT CONNECT ON DATABASE "db four" TO serves_four';
  await cluster.query('postgres', statements);
  expect(await ownLoginsOf('db four', 'serves_four', 'migrates_four')).toMatchObject({ held: true });
  await cluster.query('postgres', 'CREATE ROLE another_four LOGIN IN ROLE group_four');
  expect(await ownLoginsOf('db four', 'serves_four', 'migrates_four')).toMatchObject({
    held: false,
    detail: expect.stringContaining('connecting included: another_four.'),
  });
});
