import type { SharedClock, Storage } from '@portcullis/ports';
import { Kysely, PostgresDialect } from 'kysely';
import type { MigrationPreview, MigrationReport } from '../sql/migration.js';
import type { Database } from '../sql/schema.js';
import type { SchemaUse } from '../sql/schema-use.js';
import { createSqlStores } from '../sql/sql-stores.js';
import { askTimeOf, createPostgresAccess, pingPostgres } from './access.js';
import { createDatabaseClock, type DatabaseClock, type HostClocks } from './database-clock.js';
import { requireEncoding } from './encoding.js';
import { type Guarantee, readGuarantees } from './guarantees.js';
import { migrate, readPlan, requireMigrated } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { ROLE, SCHEMA } from './names.js';
import { connectOnceCounted } from './once-counted.js';
import { requireOwnConnection } from './own-connection.js';
import { createPool, type PoolLimits } from './pool.js';
import { previewMigrations } from './preview-migrations.js';
import { explainNotTaken } from './role.js';
import { readRoleOutlook, tellDoubts } from './role-outlook.js';
import { type Led, requireSameDatabase } from './same-database.js';
import { cannotUse, parseServer, type Server } from './server.js';
import { requireNotSwapped } from './swapped-logins.js';
import { sqlStateOf } from './unavailable.js';

/** Which database, and with which logins. */
export interface PostgresLogins {
  /** `postgres://login:password@host:5432/database`, with `?sslmode=verify-full` where a network lies between. */
  readonly connectionString: string;
  /** The same database with the login that owns the schema, where it is another one than the one that serves. */
  readonly migrationConnectionString?: string | undefined;
  /** How long a connection may take to come about, or to become free, in milliseconds. @defaultValue 5000 */
  readonly connectTimeoutMilliseconds?: number;
}

/** How {@link openPostgresStorage} works with its database. */
export interface PostgresStorageOptions extends PostgresLogins {
  /** The most connections of this process. @defaultValue 10 */
  readonly poolSize?: number;
  /** How long the server may work on one statement, in milliseconds. @defaultValue 10000 */
  readonly statementTimeoutMilliseconds?: number;
  /** How long a statement may wait for another transaction, in milliseconds. @defaultValue 5000 */
  readonly lockTimeoutMilliseconds?: number;
  /** What opening may do to the schema, and with it to the role. @defaultValue 'migrate' */
  readonly schema?: SchemaUse;
  /** The clocks of this machine, which {@link PostgresStorage.clock} is reckoned from. @defaultValue those of Node */
  readonly hostClocks?: HostClocks;
}

/** {@link Storage} in a PostgreSQL database, shared by any number of processes. */
export interface PostgresStorage extends Storage {
  /** That of the database. It is asked when the storage is opened, once a minute, where this machine's clock was set, where
   * a connection was lost, and at the beginning of each act. */
  readonly clock: SharedClock;
  /** What the database itself guards, and what it does not here. For the operator, at start. */
  readonly guarantees: readonly Guarantee[];
  /** A sentence for each of its URLs whose connections cross a network without TLS. For the operator, at start. */
  readonly unencrypted: readonly string[];
}

const DEFAULT_TIMEOUT_MILLISECONDS = { connect: 5_000, statement: 10_000, lock: 5_000 };
const DEFAULT_POOL_SIZE = 10;

/** An index of a large table takes its time; another program's migration is waited for. */
const MIGRATION_TIMEOUT_MILLISECONDS = { statement: 0, lock: 60_000, answer: 0 };

/** A question about nothing, on a connection that is to be had at once or not at all. */
const SECOND_CONNECTION_LIMITS = { statementTimeoutMilliseconds: 1_000, answerTimeoutMilliseconds: 6_000 };

/** Where the tables are. A table of the same name elsewhere, a temporary one included, is never meant. */
const SEARCH_PATH = `SET search_path TO ${SCHEMA}, pg_temp`;

/**
 * Opens the PostgreSQL adapter, and does to the schema what {@link PostgresStorageOptions.schema} says. Every act is one
 * transaction at READ COMMITTED, in which the database shows and takes rows of that act's tenant only; serving connections
 * act as the role `portcullis_app`, which owns nothing and cannot change the trail. Where the logins do not allow that, it
 * opens all the same, and {@link PostgresStorage.guarantees} says what does not hold. It does not open where a privilege is
 * missing that some act needs, nor over a pooler that lends a connection for one transaction at a time: the role is taken on
 * once per connection.
 *
 * An act that the database cannot answer fails with `StorageUnavailableError`; the next one tries anew.
 *
 * @throws {DatabaseOpenError} when the database cannot be used, in one line that says why, without the password; with
 *   `SchemaOutdatedError` as its cause when it lacks what may not be run
 */
export async function openPostgresStorage(options: PostgresStorageOptions): Promise<PostgresStorage> {
  const server = parseServer(options.connectionString, 'DATABASE_URL');
  const { schema = 'migrate' } = options;
  const { role } = await asOwner(options, (owner) =>
    schema === 'existing' ? requireMigrated(owner, server.login) : migrate(owner, server.login, MIGRATIONS, schema),
  );
  let db: Kysely<Database> | undefined;
  let databaseClock: DatabaseClock | undefined;
  try {
    if (!role.isTaken && !role.servesAsOwner) throw new Error(explainNotTaken(role, server.login));
    const limits: PoolLimits = {
      size: options.poolSize ?? DEFAULT_POOL_SIZE,
      connectTimeoutMilliseconds: connectTimeoutOf(options),
      statementTimeoutMilliseconds: options.statementTimeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS.statement,
      lockTimeoutMilliseconds: options.lockTimeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS.lock,
    };
    const session = role.isTaken ? `${SEARCH_PATH}; SET ROLE ${ROLE}` : SEARCH_PATH;
    db = connect(server, limits, session, () => databaseClock?.doubt());
    await connectOnceCounted(db);
    const guarantees = await readGuarantees(db, migratingServerOf(options).login);
    databaseClock = await createDatabaseClock(askTimeOf(db), options.hostClocks);
    return { ...toStorage(db, guarantees, databaseClock), unencrypted: tellUnencrypted(options) };
  } catch (error) {
    await db?.destroy();
    throw cannotUse(server, error);
  }
}

/**
 * Brings the schema up to date, as opening does, and answers what was run, and what is missing of the role all the same. The
 * serving login is let take on the role where the migrating one may do so.
 *
 * @throws {DatabaseOpenError} when the database cannot be used or migrated, or was written by a newer program
 */
export async function migratePostgres(logins: PostgresLogins): Promise<MigrationReport> {
  const serving = parseServer(logins.connectionString, 'DATABASE_URL');
  return asOwner(logins, async (db) => {
    const { plan, role } = await migrate(db, serving.login);
    const doubts = tellDoubts(await readRoleOutlook(db, serving.login), role.privileges, 'done');
    return { ...plan, forRole: role.ran, doubts };
  });
}

/**
 * What {@link migratePostgres} would run, and whether the login may, as far as that can be told from its privileges. Changes
 * nothing.
 *
 * @throws {DatabaseOpenError} when the database cannot be used
 */
export async function planPostgresMigrations(logins: PostgresLogins): Promise<MigrationPreview> {
  const serving = parseServer(logins.connectionString, 'DATABASE_URL');
  return asOwner(logins, async (db) => previewMigrations(db, serving.login, await readPlan(db)));
}

function tellUnencrypted({ connectionString, migrationConnectionString }: PostgresLogins): readonly string[] {
  const servers = [parseServer(connectionString, 'DATABASE_URL')];
  if (migrationConnectionString !== undefined) {
    servers.push(parseServer(migrationConnectionString, 'DATABASE_MIGRATION_URL'));
  }
  return servers
    .filter(({ isInClear }) => isInClear)
    .map(
      ({ description }) =>
        `The connection to the database ${description} is not encrypted: whoever is on the network between can read and change ` +
        'what goes over it. Have the server take TLS, and say sslmode=verify-full in the URL',
    );
}

async function asOwner<Value>(logins: PostgresLogins, work: (db: Kysely<Database>) => Promise<Value>): Promise<Value> {
  const { migrationConnectionString } = logins;
  const server = migratingServerOf(logins);
  const limits: PoolLimits = {
    size: 1,
    connectTimeoutMilliseconds: connectTimeoutOf(logins),
    statementTimeoutMilliseconds: MIGRATION_TIMEOUT_MILLISECONDS.statement,
    lockTimeoutMilliseconds: MIGRATION_TIMEOUT_MILLISECONDS.lock,
    answerTimeoutMilliseconds: MIGRATION_TIMEOUT_MILLISECONDS.answer,
  };
  const db = connect(server, limits, SEARCH_PATH);
  try {
    await requireFit({ server, db }, limits);
    if (migrationConnectionString !== undefined) await requireServes(logins, { server, db }, limits);
    return await work(db);
  } catch (error) {
    throw cannotUse(server, mayNot(error) ? new Error(explainOwner(server, error)) : error);
  } finally {
    await db.destroy();
  }
}

function migratingServerOf({ connectionString, migrationConnectionString }: PostgresLogins): Server {
  return migrationConnectionString === undefined
    ? parseServer(connectionString, 'DATABASE_URL')
    : parseServer(migrationConnectionString, 'DATABASE_MIGRATION_URL');
}

/** Nothing is migrated that is not what `logins` serve. */
async function requireServes({ connectionString }: PostgresLogins, migrating: Led, limits: PoolLimits): Promise<void> {
  const server = parseServer(connectionString, 'DATABASE_URL');
  const db = connect(server, limits, SEARCH_PATH);
  try {
    // Asked first, so that one which cannot be reached is told of by its own name.
    await requireFit({ server, db }, limits).catch((error: unknown) => Promise.reject(cannotUse(server, error)));
    await requireSameDatabase({ server, db }, migrating);
    await requireNotSwapped({ server, db }, migrating);
  } finally {
    await db.destroy();
  }
}

/** Nothing is done on connections that do not stay, nor in a database that cannot hold what is to be stored. */
async function requireFit({ server, db }: Led, limits: PoolLimits): Promise<void> {
  const another = connect(server, { ...limits, ...SECOND_CONNECTION_LIMITS }, SEARCH_PATH);
  try {
    await connectOnceCounted(db);
    await requireOwnConnection(db, another);
    await requireEncoding(db);
  } finally {
    await another.destroy();
  }
}

function connect(server: Server, limits: PoolLimits, session: string, onIdleLost?: () => void): Kysely<Database> {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createPool(server, limits, session, onIdleLost) }),
  });
}

function connectTimeoutOf({ connectTimeoutMilliseconds }: PostgresLogins): number {
  return connectTimeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS.connect;
}

function mayNot(error: unknown): error is Error {
  return sqlStateOf(error) === '42501';
}

function explainOwner({ login }: Server, { message }: Error): string {
  return `the login ${login} may not make its schema (${message}); give DATABASE_MIGRATION_URL a login that may`;
}

function toStorage(
  db: Kysely<Database>,
  guarantees: readonly Guarantee[],
  databaseClock: DatabaseClock,
): Omit<PostgresStorage, 'unencrypted'> {
  return {
    ...createSqlStores(createPostgresAccess(db, databaseClock)),
    clock: databaseClock.clock,
    guarantees,
    ping: () => pingPostgres(db, databaseClock),
    close: () => {
      databaseClock.stop();
      return db.destroy();
    },
  };
}
