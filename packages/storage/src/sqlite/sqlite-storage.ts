import type { AuditEventType, Storage } from '@portcullis/ports';
import type { SchemaUse } from '../sql/schema-use.js';
import { createSqlStores } from '../sql/sql-stores.js';
import { toSqlAccess } from './access.js';
import { openDatabase } from './open-database.js';

/** How {@link openSqliteStorage} opens its file. */
export interface SqliteStorageOptions {
  /** A path: neither `:memory:` nor a URI. Its directory exists; the file is made with mode 0600 where it does not, and otherwise
   * taken from others, with what SQLite keeps beside it, where this process owns it. */
  readonly file: string;
  /** How long one statement may block the event loop while another process writes, in milliseconds: 0 to 250.
   * @defaultValue 50 */
  readonly busyTimeoutMilliseconds?: number;
  /** How long an act goes on trying, without blocking, while other processes write, in milliseconds.
   * @defaultValue 10000 */
  readonly patienceMilliseconds?: number;
  /** What opening may do to the schema. With `existing` the file is not made either. @defaultValue 'migrate' */
  readonly schema?: SchemaUse;
}

/** {@link Storage} in one SQLite file, shared by the processes of one machine. */
export interface SqliteStorage extends Storage {
  /** How many events of this type were committed, over all tenants. */
  countEvents(type: AuditEventType): Promise<number>;
}

const LONGEST_BUSY_TIMEOUT_MILLISECONDS = 250;

/**
 * Opens the SQLite adapter, and does to the file's schema what {@link SqliteStorageOptions.schema} says. Every act is one transaction that holds the write
 * lock from its start, committed to disk before it answers; several processes may share the file. An act that cannot
 * get the lock in `patienceMilliseconds` fails with an error, having changed nothing. Not for network file systems.
 *
 * @throws {DatabaseOpenError} when the file cannot be used, in one line that says why; with `SchemaOutdatedError` as its cause
 *   when it lacks what may not be run
 * @throws {TypeError} when no file is named
 * @throws {RangeError} when the busy timeout would hold up the event loop
 */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<SqliteStorage> {
  // Hosts in JavaScript have no compiler that would see a path alone, or one under another name.
  if (typeof options?.file !== 'string')
    throw new TypeError('openSqliteStorage: give { file }, the path of the database');
  const { file, busyTimeoutMilliseconds = 50, patienceMilliseconds = 10_000, schema = 'migrate' } = options;
  if (!(busyTimeoutMilliseconds >= 0 && busyTimeoutMilliseconds <= LONGEST_BUSY_TIMEOUT_MILLISECONDS)) {
    throw new RangeError(`busyTimeoutMilliseconds is 0 to ${LONGEST_BUSY_TIMEOUT_MILLISECONDS}`);
  }
  const access = await openDatabase({ file, busyTimeoutMilliseconds, patienceMilliseconds, schema });
  return {
    ...createSqlStores(toSqlAccess(access)),
    ping: async () => {
      // What names no table is answered without a look at the file.
      await access.read((db) => db.selectFrom('schema_version').select('version').limit(1).executeTakeFirstOrThrow());
    },
    close: () => access.close(),
    countEvents: (type) =>
      access.read(async (db) => {
        const { count } = await db
          .selectFrom('audit_events')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .where('type', '=', type)
          .executeTakeFirstOrThrow();
        return count;
      }),
  };
}
