import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ENDED_ID_SECONDS,
  ENDED_MARK_SECONDS,
  EXPIRED_DEVICE_CODE_SECONDS,
  REDEEMED_CODE_SECONDS,
  StorageUnavailableError,
  UNDECIDED_APPROVAL_SECONDS,
  UNUSED_CLIENT_SECONDS,
  WITHOUT_GRANT_CLIENT_SECONDS,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { Database } from './schema.js';

/** Rows that one statement deletes or looks at. What it reads to find them lies beside each other in an index, so that its locks, and on
 * SQLite the event loop, are held for milliseconds only. */
const BATCH_ROWS = 500;

type Table = Exclude<keyof Database, 'audit_events' | 'served_issuers' | 'turns' | 'schema_version'>;

/** One kind of dead rows: the key within the tenant, and what makes a row of it dead. */
interface Step {
  readonly table: Table;
  readonly key: readonly string[];
  readonly dead: RawBuilder<unknown>;
}

/**
 * What `Storage.sweep` does, on SQL. Refresh tokens go before their grants, clients after what keeps them, and consents
 * with their client. Every kind is tried, whatever became of the one before, unless nothing answers any more: each kind would
 * wait for a connection. The first failure is thrown then.
 */
export async function sweep(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  const endedMarks: Step = {
    table: 'revocation_marks',
    key: ['sequence'],
    dead: sql`expires_at <= ${now - ENDED_MARK_SECONDS}`,
  };
  const acts = [
    ...stepsBeforeClients(now).map((step) => () => deleteInBatches(access, tenantId, step)),
    () => deleteUnusedCodes(access, tenantId, now),
    () => deleteGrants(access, tenantId, now),
    () => deleteClients(access, tenantId, now),
    () => deleteInBatches(access, tenantId, endedMarks),
  ];
  let deleted = 0;
  const failures: unknown[] = [];
  for (const act of acts) {
    try {
      deleted += await act();
    } catch (error) {
      failures.push(error);
      if (error instanceof StorageUnavailableError && !(await answers(access, tenantId))) break;
    }
  }
  if (failures.length > 0) throw failures[0];
  return deleted;
}

/** Whether the storage answers at all: a lock or a statement that takes too long may be of one table alone. */
async function answers(access: SqlAccess, tenantId: TenantId): Promise<boolean> {
  try {
    await access.read(tenantId, (db) => sql`SELECT 1`.execute(db));
    return true;
  } catch {
    return false;
  }
}

function stepsBeforeClients(now: EpochSeconds): readonly Step[] {
  const expired = sql`expires_at <= ${now}`;
  return [
    { table: 'sign_in_sessions', key: ['session_hash'], dead: expired },
    { table: 'authorization_transactions', key: ['transaction_hash'], dead: expired },
    {
      table: 'authorization_codes',
      key: ['code_hash'],
      dead: sql`expires_at <= ${now - REDEEMED_CODE_SECONDS}`,
    },
    { table: 'pushed_requests', key: ['request_hash'], dead: sql`kept_until <= ${now}` },
    {
      table: 'device_codes',
      key: ['device_code_hash'],
      dead: sql`expires_at <= ${now - EXPIRED_DEVICE_CODE_SECONDS}`,
    },
    { table: 'refresh_tokens', key: ['token_hash'], dead: expired },
    { table: 'one_time_ids', key: ['kind', 'id_hash'], dead: sql`expires_at <= ${now - ENDED_ID_SECONDS}` },
    { table: 'signing_keys', key: ['key_id'], dead: sql`verifies_until <= ${now}` },
    {
      table: 'client_approvals',
      key: ['client_id'],
      dead: sql`status = 'pending' AND requested_at <= ${now - UNDECIDED_APPROVAL_SECONDS}`,
    },
  ];
}

/** Nothing is under way, and it was never used or has had no grant for long. */
function forgotten(now: EpochSeconds): RawBuilder<unknown> {
  const isOfClient = sql`tenant_id = clients.tenant_id AND one.client_id = clients.client_id`;
  return sql`NOT EXISTS (SELECT 1 FROM authorization_transactions AS one WHERE one.${isOfClient})
    AND NOT EXISTS (SELECT 1 FROM pushed_requests AS one WHERE one.${isOfClient})
    AND NOT EXISTS (SELECT 1 FROM authorization_codes AS one WHERE one.${isOfClient})
    AND NOT EXISTS (SELECT 1 FROM device_codes AS one WHERE one.${isOfClient})
    AND (used_at IS NULL OR used_at <= ${now - WITHOUT_GRANT_CLIENT_SECONDS} AND NOT EXISTS (
      SELECT 1 FROM grants AS one WHERE one.${isOfClient} AND one.revoked_at IS NULL AND one.expires_at > ${now}))`;
}

/**
 * Grants that are dead, each batch with what is left of their refresh tokens. The grants are found by their end, and held
 * before their tokens as a rotation holds them; the tokens are found by them. From the tokens' side every token that there
 * is would be looked at, with its grant.
 */
function deleteGrants(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  return inBatches(access, tenantId, async (trx) => {
    const grants = await trx
      .selectFrom('grants')
      .select('grant_id')
      .where('tenant_id', '=', tenantId)
      .where('kept_until', '<=', now)
      .limit(BATCH_ROWS)
      .forUpdate()
      .skipLocked()
      .execute();
    if (grants.length === 0) return 0;
    const isOfThese = sql`grant_id IN (${sql.join(grants.map(({ grant_id: grantId }) => grantId))})`;
    const tokens = await deleteBatch(trx, tenantId, { table: 'refresh_tokens', key: ['token_hash'], dead: isOfThese });
    // A grant with more tokens than that, or with one that is held, stays for the next batch.
    const dead = sql`${isOfThese} AND NOT EXISTS (SELECT 1 FROM refresh_tokens AS r
      WHERE r.tenant_id = grants.tenant_id AND r.grant_id = grants.grant_id)`;
    return tokens + (await deleteBatch(trx, tenantId, { table: 'grants', key: ['grant_id'], dead }));
  });
}

/** Codes that expired without being redeemed. Those that were redeemed stay among them for a day, and are many more. */
function deleteUnusedCodes(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  const walk: Walk = { table: 'authorization_codes', time: 'expires_at', to: now };
  return inSlices(access, tenantId, walk, (trx, slice) => {
    const dead = sql`${slice} AND redeemed_at IS NULL`;
    return deleteBatch(trx, tenantId, { table: 'authorization_codes', key: ['code_hash'], dead });
  });
}

/** Clients that are forgotten, each batch with its consents in one transaction. The consents are not counted. What keeps a
 * client stands in other tables, so that all are looked at that nobody vouched for. */
function deleteClients(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  const walk: Walk = {
    table: 'clients',
    time: 'created_at',
    to: now - UNUSED_CLIENT_SECONDS,
    among: sql`source IN ('dynamic', 'metadata_document')`,
  };
  return inSlices(access, tenantId, walk, async (trx, slice) => {
    const step: Step = { table: 'clients', key: ['client_id'], dead: sql`${slice} AND ${forgotten(now)}` };
    const { rows } = await sql<{ client_id: string }>`${deletion(trx, tenantId, step)} RETURNING client_id`.execute(
      trx,
    );
    const clientIds = rows.map(({ client_id: clientId }) => clientId);
    if (clientIds.length > 0) {
      await trx.deleteFrom('consents').where('tenant_id', '=', tenantId).where('client_id', 'in', clientIds).execute();
    }
    return rows.length;
  });
}

/** Rows that are looked at one after the other, the oldest first, along the index of a time. */
interface Walk {
  readonly table: Table;
  /** The indexed column. */
  readonly time: string;
  /** The last time that is looked at. */
  readonly to: EpochSeconds;
  /** Which rows the index has. @defaultValue all of them */
  readonly among?: RawBuilder<unknown>;
}

/**
 * Walks over rows of which most may stay, {@link BATCH_ROWS} and those of the same second as the last of these at a time, and
 * lets others in between. Deletes in each slice as {@link inBatches} does.
 */
async function inSlices(
  access: SqlAccess,
  tenantId: TenantId,
  { table, time, to, among = sql`1 = 1` }: Walk,
  deleteSome: (trx: Transaction<Database>, slice: RawBuilder<unknown>) => Promise<number>,
): Promise<number> {
  const column = sql.ref(time);
  let deleted = 0;
  for (let from = 0; ; ) {
    const rest = sql`${among} AND ${column} >= ${from} AND ${column} <= ${to}`;
    const ahead = await access.read(tenantId, (db) =>
      sql<{ time: EpochSeconds }>`SELECT ${column} AS time FROM ${sql.table(table)}
        WHERE tenant_id = ${tenantId} AND ${rest} ORDER BY ${column} LIMIT 1 OFFSET ${BATCH_ROWS - 1}`.execute(db),
    );
    const end = ahead.rows[0]?.time ?? to;
    const slice = sql`${among} AND ${column} >= ${from} AND ${column} <= ${end}`;
    deleted += await inBatches(access, tenantId, (trx) => deleteSome(trx, slice));
    if (end === to) return deleted;
    from = end + 1;
    await nextTurn();
  }
}

function deleteInBatches(access: SqlAccess, tenantId: TenantId, step: Step): Promise<number> {
  return inBatches(access, tenantId, (trx) => deleteBatch(trx, tenantId, step));
}

async function deleteBatch(trx: Transaction<Database>, tenantId: TenantId, step: Step): Promise<number> {
  const { numAffectedRows } = await deletion(trx, tenantId, step).execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** A transaction each, until one finds fewer rows than there may be. */
async function inBatches(
  access: SqlAccess,
  tenantId: TenantId,
  deleteSome: (trx: Transaction<Database>) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const batch = await access.write(tenantId, deleteSome);
    deleted += batch;
    if (batch < BATCH_ROWS) return deleted;
  }
}

/**
 * Deletes one batch. Rows that another act holds at this moment are left for the next sweep, so that sweeping waits for
 * nobody, nor two processes that sweep at once for each other; a row is looked at again once it is held.
 */
function deletion(trx: Transaction<Database>, tenantId: TenantId, { table, key, dead }: Step): RawBuilder<unknown> {
  const name = sql.table(table);
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const some = trx
    .selectFrom(table)
    .select(columns.as('key'))
    .where('tenant_id', '=', tenantId)
    .where(sql<boolean>`${dead}`)
    .limit(BATCH_ROWS)
    .forUpdate()
    .skipLocked();
  return sql`DELETE FROM ${name} WHERE tenant_id = ${tenantId} AND (${columns}) IN (${some})`;
}
