import type { EpochSeconds } from '@portcullis/protocol';
import { type RawBuilder, sql } from 'kysely';
import type { SqliteAccess } from './access.js';
import type { Database } from './schema.js';

const UNUSED_CLIENT_SECONDS = 24 * 60 * 60;

/** Rows of one transaction: the write lock, and the event loop, are held for milliseconds only. */
const BATCH_ROWS = 500;

/** What `Storage.sweep` does, on SQLite. Refresh tokens go before their grants, clients after what keeps them. */
export async function sweep(access: SqliteAccess, now: EpochSeconds): Promise<number> {
  const expired = sql`expires_at <= ${now}`;
  const steps: readonly [table: keyof Database, dead: RawBuilder<unknown>][] = [
    ['sign_in_sessions', expired],
    ['authorization_transactions', expired],
    ['authorization_codes', expired],
    ['refresh_tokens', expired],
    [
      'refresh_tokens',
      sql`(tenant_id, grant_id) IN (SELECT tenant_id, grant_id FROM grants WHERE kept_until <= ${now})`,
    ],
    ['grants', sql`kept_until <= ${now}`],
    ['revocation_marks', expired],
    ['clients', neverUsed(now)],
  ];
  let deleted = 0;
  for (const [table, dead] of steps) deleted += await deleteInBatches(access, table, dead);
  return deleted;
}

function neverUsed(now: EpochSeconds): RawBuilder<unknown> {
  return sql`used_at IS NULL AND source = 'dynamic' AND created_at <= ${now - UNUSED_CLIENT_SECONDS}
    AND NOT EXISTS (SELECT 1 FROM authorization_transactions AS t
      WHERE t.tenant_id = clients.tenant_id AND t.client_id = clients.client_id)
    AND NOT EXISTS (SELECT 1 FROM authorization_codes AS c
      WHERE c.tenant_id = clients.tenant_id AND c.client_id = clients.client_id)`;
}

async function deleteInBatches(
  access: SqliteAccess,
  table: keyof Database,
  dead: RawBuilder<unknown>,
): Promise<number> {
  const name = sql.table(table);
  let deleted = 0;
  for (;;) {
    const batch = await access.write(async (trx) => {
      const statement = sql`DELETE FROM ${name}
        WHERE rowid IN (SELECT rowid FROM ${name} WHERE ${dead} LIMIT ${sql.lit(BATCH_ROWS)})`;
      const { numAffectedRows } = await statement.execute(trx);
      return Number(numAffectedRows ?? 0n);
    });
    deleted += batch;
    if (batch < BATCH_ROWS) return deleted;
  }
}
