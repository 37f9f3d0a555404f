import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@portcullis/protocol';
import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { SqlAccess } from '../sql/access.js';
import type { Database } from '../sql/schema.js';
import type { AskTime, DatabaseClock } from './database-clock.js';
import { isCollision, isOfLostConnection, toStorageError } from './unavailable.js';

/** The time that it is, not that at which a transaction began. (`extract` makes a numeric of it first, which takes longer.) */
const ASK_TIME = `SELECT date_part('epoch', clock_timestamp()) AS seconds`;

/** How an act begins: whether it goes on is a matter of the time. */
const NAME_TENANT = `${ASK_TIME}, set_config('portcullis.tenant_id', $1, true)`;

/**
 * Also an act that only reads begins as one that writes, which a standby refuses: what it knows may be behind, and a gate that
 * read there would miss revocations without a word. From here on nothing is written.
 */
const NAME_TENANT_TO_READ = `${NAME_TENANT}, set_config('transaction_read_only', 'on', true)`;

/** How often an act is tried that other transactions were in the way of. */
const ATTEMPTS = 5;

/** The pause before another attempt, in milliseconds: at random, so that acts which met once do not meet again. */
const PAUSE_MILLISECONDS = { least: 1, most: 20 };

/**
 * {@link SqlAccess} on PostgreSQL. Every act is one transaction at READ COMMITTED that begins by naming its tenant, for
 * as long as it lasts: the policies of the tables show and take no row of another one.
 *
 * @param databaseClock - no act is done while it is wrong, and it is told when an act failed because its connection was lost, or
 *   did not come about
 * @throws {StorageUnavailableError} from each act, when the database cannot answer now
 */
export function createPostgresAccess(db: Kysely<Database>, databaseClock?: DatabaseClock): SqlAccess {
  function act<Value>(
    tenantId: TenantId,
    nameTenant: string,
    work: (trx: Transaction<Database>) => Promise<Value>,
  ): Promise<Value> {
    return db
      .transaction()
      .setIsolationLevel('read committed')
      .setAccessMode('read write')
      .execute(async (trx) => {
        await begin(trx, databaseClock, nameTenant, [tenantId]);
        return work(trx);
      });
  }

  return {
    read: (tenantId, work) => whileColliding(() => act(tenantId, NAME_TENANT_TO_READ, work), databaseClock),
    write: (tenantId, work) => whileColliding(() => act(tenantId, NAME_TENANT, work), databaseClock),
  };
}

/**
 * Sees that the server answers, and takes what is written: a standby answers as well.
 *
 * @param databaseClock - as with {@link createPostgresAccess}
 * @throws {StorageUnavailableError} when it does not
 */
export async function pingPostgres(db: Kysely<Database>, databaseClock: DatabaseClock): Promise<void> {
  try {
    await db
      .transaction()
      .setAccessMode('read write')
      .execute((trx) => begin(trx, databaseClock, ASK_TIME));
  } catch (error) {
    throw failureOf(error, databaseClock);
  }
}

/** Asks as an act begins, which a standby refuses: what time it is there is nothing to go by. */
export function askTimeOf(db: Kysely<Database>): AskTime {
  return (work) =>
    db
      .transaction()
      .setAccessMode('read write')
      .execute((trx) => work(() => readTime(trx, ASK_TIME)));
}

/** @throws {StorageUnavailableError} where the clock that the act goes by is not the database's */
async function begin(
  trx: Transaction<Database>,
  databaseClock: DatabaseClock | undefined,
  question: string,
  parameters?: unknown[],
): Promise<void> {
  const judge = databaseClock?.beginAct();
  const time = await readTime(trx, question, parameters);
  judge?.(time);
}

async function readTime(trx: Transaction<Database>, question: string, parameters?: unknown[]): Promise<number> {
  const query = CompiledQuery.raw(question, parameters) as CompiledQuery<{ seconds: number }>;
  const { rows } = await trx.executeQuery(query);
  if (rows[0] === undefined) throw new Error('The database did not say what time it is');
  return rows[0].seconds * 1000;
}

/** Runs a whole transaction again where it met another one. Of two that wait for each other, the server ends one. */
async function whileColliding<Value>(
  transaction: () => Promise<Value>,
  databaseClock: DatabaseClock | undefined,
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isCollision(error) || attempt === ATTEMPTS) throw failureOf(error, databaseClock);
      await sleep(randomInt(PAUSE_MILLISECONDS.least, PAUSE_MILLISECONDS.most + 1));
    }
  }
}

function failureOf(error: unknown, databaseClock: DatabaseClock | undefined): unknown {
  if (isOfLostConnection(error)) databaseClock?.doubt();
  return toStorageError(error);
}
