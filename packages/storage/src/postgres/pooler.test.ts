import { event, user } from '@portcullis/ports/testing';
import { expect, it, onTestFinished } from 'vitest';
import { migratePostgres, openPostgresStorage, planPostgresMigrations } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';
import { type Pooler, type PoolerKind, startPooler } from './testing/pooler.js';
import { startRelay } from './testing/relay.js';

const database = useDatabase();

async function poolerThat(lends: PoolerKind): Promise<Pooler> {
  const pooler = await startPooler(database().cluster.port, lends);
  onTestFinished(() => pooler.close());
  return pooler;
}

it('a pooler that lends a connection for as long as it is open serves, with the settings it comes with', async () => {
  const pooler = await poolerThat('session');
  const connectionString = pooler.through(database().url);
  const storage = await openPostgresStorage({
    connectionString,
    migrationConnectionString: connectionString,
    statementTimeoutMilliseconds: 9_000,
    lockTimeoutMilliseconds: 4_000,
  });
  onTestFinished(() => storage.close());
  expect(await storage.users.add(user(), event('user.added'))).toBe('added');
  const uses = Array.from({ length: 40 }, () => storage.users.list('a'));
  expect(await Promise.all(uses)).toHaveLength(40);
});

it('what a pooler refuses of a URL is told in its own words, with what to do', async () => {
  const pooler = await poolerThat('session');
  const connectionString = `${pooler.through(database().url)}?options=-c%20work_mem%3D8MB`;
  await expect(openPostgresStorage({ connectionString })).rejects.toThrow(
    /^Cannot use the database .*: the server, or a pooler before it, broke off with: unsupported startup parameter: options; leave that out of the URL, or let the pooler pass it over \(ignore_startup_parameters of PgBouncer\)$/,
  );
});

it('a pooler that has no second connection to lend serves with the one', async () => {
  const pooler = await poolerThat('single');
  const storage = await openPostgresStorage({ connectionString: pooler.through(database().url), poolSize: 1 });
  onTestFinished(() => storage.close());
  expect(await storage.users.list('a')).toBeDefined();
}, 20_000);

it('a login that may have one connection alone is enough to open, to plan and to serve, also while the one before still counts', async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE single LOGIN CONNECTION LIMIT 1 IN ROLE portcullis_app');
  const before = await cluster.connect('portcullis', 'single');
  let tries = 0;
  // A second one shows that the first was refused.
  const relay = await startRelay(cluster.port, () => {
    tries += 1;
    if (tries === 2) void before.end();
  });
  onTestFinished(() => relay.close());
  const connectionString = relay.through(cluster.url('portcullis', 'single'));
  const storage = await openPostgresStorage({ connectionString, poolSize: 1 });
  expect(await storage.users.list('a')).toBeDefined();
  await expect(planPostgresMigrations({ connectionString })).rejects.toThrow('it has too many connections');
  await storage.close();
  expect((await planPostgresMigrations({ connectionString })).pending).toEqual([]);
}, 20_000);

it('a pooler that lends two connections by turns is found out', async () => {
  const pooler = await poolerThat('by turns');
  await expect(openPostgresStorage({ connectionString: pooler.through(database().url) })).rejects.toThrow(
    'what answers there is a pooler',
  );
});

it('a pooler that lends a connection for one transaction at a time is refused before anything is changed', async () => {
  const { cluster } = database();
  await cluster.createDatabase('pooled');
  const pooled = (await poolerThat('transaction')).through(cluster.url('pooled'));
  const direct = cluster.url('pooled');
  const whys: string[] = [];
  for (const act of [openPostgresStorage, migratePostgres, planPostgresMigrations]) {
    for (const logins of [
      { connectionString: pooled },
      { connectionString: direct, migrationConnectionString: pooled },
      { connectionString: pooled, migrationConnectionString: direct },
    ]) {
      whys.push(await act(logins).then(() => 'It was taken', String));
    }
  }
  expect(new Set(whys.map((why) => why.replace(/^.*: what answers/, 'what answers')))).toEqual(
    new Set([
      expect.stringMatching(/^what answers there is a pooler .* \(pool_mode = session of PgBouncer\), or name/),
    ]),
  );
  expect(await cluster.query('pooled', `SELECT FROM pg_namespace WHERE nspname = 'portcullis'`)).toEqual([]);
  await (await openPostgresStorage({ connectionString: direct })).close();
  await expect(openPostgresStorage({ connectionString: pooled, schema: 'existing' })).rejects.toThrow('what answers');
});
