import { event, user } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { migratePostgres, openPostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

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
    'may take on the role portcullis_app, which is one for all databases of the server, or that of the owner owner one: serves two.',
  );
  expect(await strangerSees()).toEqual([{ username: 'alice' }]);

  const statements = /As an administrator: (.*?; GRANT [^;]*);/.exec(doubt?.detail ?? '')?.[1];
  await cluster.query('db one', statements ?? '');
  expect(await openOne()).toEqual([]);
  await expect(strangerSees()).rejects.toThrow('permission denied for database "db one"');
});

it('a member of the role of the owner is told of as well, also where the owner serves without the role', async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE "owner three" LOGIN');
  await cluster.createDatabase('db three', 'owner three');
  const open = async () => {
    const storage = await openPostgresStorage({ connectionString: cluster.url('db three', 'owner three') });
    await storage.close();
    return storage.guarantees.find(({ id }) => id === 'own_logins');
  };
  // Those of the test before may take on the role, and would hide whether this one is seen.
  await cluster.query('postgres', 'REVOKE portcullis_app FROM "serves one", "serves two"');
  expect(await open()).toMatchObject({ held: true });
  await cluster.query('postgres', 'CREATE ROLE colleague LOGIN IN ROLE "owner three"');
  expect(await open()).toMatchObject({
    held: false,
    detail: expect.stringContaining('or that of the owner owner three: colleague.'),
  });
  await cluster.query('db three', 'REVOKE CONNECT ON DATABASE "db three" FROM PUBLIC');
  expect(await open()).toMatchObject({ held: true });
});
