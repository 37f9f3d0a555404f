import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@portcullis/protocol';
import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import type { SqlAccess } from '../sql/access.js';
import type { Database } from '../sql/schema.js';
import { isCollision, isOfLostConnection, toStorageError } from './unavailable.js';

const NAME_TENANT = `SELECT set_config('portcullis.tenant_id', $1, true)`;

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
 * @param onLost - called when an act failed because its connection was lost, or did not come about
 * @throws {StorageUnavailableError} from each act, when the database cannot answer now
 */
export function createPostgresAccess(db: Kysely<Database>, onLost: () => void = () => undefined): SqlAccess {
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
        await trx.executeQuery(CompiledQuery.raw(nameTenant, [tenantId]));
        return work(trx);
      });
  }

  return {
    read: (tenantId, work) => whileColliding(() => act(tenantId, NAME_TENANT_TO_READ, work), onLost),
    write: (tenantId, work) => whileColliding(() => act(tenantId, NAME_TENANT, work), onLost),
  };
}

/**
 * Sees that the server answers, and takes what is written: a standby answers as well.
 *
 * @param onLost - as with {@link createPostgresAccess}
 * @throws {StorageUnavailableError} when it does not
 */
export async function pingPostgres(db: Kysely<Database>, onLost: () => void): Promise<void> {
  try {
    await db
      .transaction()
      .setAccessMode('read write')
      .execute((trx) => sql`SELECT 1`.execute(trx));
  } catch (error) {
    throw failureOf(error, onLost);
  }
}

/** Runs a whole transaction again where it met another one. Of two that wait for each other, the server ends one. */
async function whileColliding<Value>(transaction: () => Promise<Value>, onLost: () => void): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isCollision(error) || attempt === ATTEMPTS) throw failureOf(error, onLost);
      await sleep(randomInt(PAUSE_MILLISECONDS.least, PAUSE_MILLISECONDS.most + 1));
    }
  }
}

function failureOf(error: unknown, onLost: () => void): unknown {
  if (isOfLostConnection(error)) onLost();
  return toStorageError(error);
}
