import {
  ENDED_ID_SECONDS,
  EXPIRED_DEVICE_CODE_SECONDS,
  REDEEMED_CODE_SECONDS,
  UNDECIDED_APPROVAL_SECONDS,
  UNUSED_CLIENT_SECONDS,
  WITHOUT_GRANT_CLIENT_SECONDS,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { Database } from './schema.js';

/** Rows that one statement deletes. What it reads to find them lies beside each other in an index, so that its locks, and on
 * SQLite the event loop, are held for milliseconds only. Clients alone are looked through, those that nobody vouched for:
 * what keeps one stands in other tables. */
const BATCH_ROWS = 500;

type Table = Exclude<keyof Database, 'audit_events' | 'turns' | 'schema_version'>;

/** One kind of dead rows: the key within the tenant, and what makes a row of it dead. */
interface Step {
  readonly table: Table;
  readonly key: readonly string[];
  readonly dead: RawBuilder<unknown>;
}

/** What `Storage.sweep` does, on SQL. Refresh tokens go before their grants, clients after what keeps them, and consents
 * with their client. */
export async function sweep(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  let deleted = 0;
  for (const step of stepsBeforeClients(now)) deleted += await deleteInBatches(access, tenantId, step);
  deleted += await deleteGrants(access, tenantId, now);
  deleted += await deleteClients(access, tenantId, now);
  const expiredMarks: Step = { table: 'revocation_marks', key: ['sequence'], dead: sql`expires_at <= ${now}` };
  return deleted + (await deleteInBatches(access, tenantId, expiredMarks));
}

function stepsBeforeClients(now: EpochSeconds): readonly Step[] {
  const expired = sql`expires_at <= ${now}`;
  return [
    { table: 'sign_in_sessions', key: ['session_hash'], dead: expired },
    { table: 'authorization_transactions', key: ['transaction_hash'], dead: expired },
    {
      table: 'authorization_codes',
      key: ['code_hash'],
      dead: sql`${expired} AND (redeemed_at IS NULL OR expires_at <= ${now - REDEEMED_CODE_SECONDS})`,
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

/** Nobody vouched for it, nothing is under way, and it was never used or has had no grant for long. */
function forgotten(now: EpochSeconds): RawBuilder<unknown> {
  const isOfClient = sql`tenant_id = clients.tenant_id AND one.client_id = clients.client_id`;
  return sql`source IN ('dynamic', 'metadata_document') AND created_at <= ${now - UNUSED_CLIENT_SECONDS}
    AND NOT EXISTS (SELECT 1 FROM authorization_transactions AS one WHERE one.${isOfClient})
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

/** Clients that are forgotten, each batch with its consents in one transaction. The consents are not counted. */
function deleteClients(access: SqlAccess, tenantId: TenantId, now: EpochSeconds): Promise<number> {
  return inBatches(access, tenantId, async (trx) => {
    const { rows } = await sql<{ client_id: string }>`${deletion(trx, tenantId, {
      table: 'clients',
      key: ['client_id'],
      dead: forgotten(now),
    })} RETURNING client_id`.execute(trx);
    if (rows.length > 0) {
      await trx
        .deleteFrom('consents')
        .where('tenant_id', '=', tenantId)
        .where(
          'client_id',
          'in',
          rows.map(({ client_id: clientId }) => clientId),
        )
        .execute();
    }
    return rows.length;
  });
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
