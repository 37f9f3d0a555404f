import type { AuditEvent } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.js';
import { statement } from './statement.js';

/**
 * How the stores reach a database, whichever it is. Each call is for one tenant; where the database guards tenants by
 * itself, no row of another one is to be seen or written in it.
 *
 * The stores are written for READ COMMITTED: any other act may commit between two statements of a transaction. So the
 * claim comes first, as one conditional statement, and only a later statement may ask why it failed. On SQLite, where a
 * transaction has the whole file to itself, the same code holds all the more.
 */
export interface SqlAccess {
  /** Statements that only read. */
  read<Value>(tenantId: TenantId, work: (db: Kysely<Database>) => Promise<Value>): Promise<Value>;
  /** One transaction: all of it happens, or nothing. `work` may run more than once, never with an effect of an earlier
   * run, so it does nothing but query. */
  write<Value>(tenantId: TenantId, work: (trx: Transaction<Database>) => Promise<Value>): Promise<Value>;
}

/** Writes an event in the transaction of the act that it tells of. */
export async function writeEvent(trx: Transaction<Database>, event: AuditEvent): Promise<void> {
  const { tenantId, occurredAtEpochSeconds, type } = event;
  await INSERT_EVENT(trx, { tenantId, occurredAtEpochSeconds, type, body: JSON.stringify(event) });
}

const INSERT_EVENT = statement(
  (db, event: Pick<AuditEvent, 'tenantId' | 'occurredAtEpochSeconds' | 'type'> & { body: string }) =>
    db.insertInto('audit_events').values({
      tenant_id: event.tenantId,
      occurred_at: event.occurredAtEpochSeconds,
      type: event.type,
      body: event.body,
    }),
);
