import {
  type ApprovalStatus,
  type ClientApproval,
  type ClientApprovalStore,
  findPlaceInQueue,
  type WaitingClient,
} from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import type { ClientApprovalTable, Database } from './schema.js';
import { takeTurn } from './turns.js';

/** {@link ClientApprovalStore} on SQL. */
export function createClientApprovalStore(access: SqlAccess): ClientApprovalStore {
  return {
    async request({ tenantId, clientId, clientName }, limits, now, event) {
      // Nearly all ask again for what stands already, and need not wait for each other.
      const known = await access.read(tenantId, (db) => findStatus(db, tenantId, clientId));
      if (known !== undefined) return known;
      return access.write(tenantId, async (trx) => {
        // The limits are of rows that are not there yet, which no row can hold back.
        await takeTurn(trx, tenantId, 'client_approvals');
        const standing = await findStatus(trx, tenantId, clientId);
        if (standing !== undefined) return standing;
        const found = findPlaceInQueue(await listWaiting(trx, tenantId), clientId, limits);
        if (found.place === 'none') return 'full';
        if (found.place === 'of_another') await giveUpPlace(trx, tenantId, found.clientId);
        const asked = await trx
          .insertInto('client_approvals')
          .values({
            tenant_id: tenantId,
            client_id: clientId,
            client_name: clientName,
            status: 'pending',
            requested_at: now,
            decided_at: null,
          })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'client_id']).doNothing())
          .returning('status')
          .executeTakeFirst();
        // The operator, who takes no turns, has just decided on a client that had not asked.
        if (asked === undefined) return (await findStatus(trx, tenantId, clientId)) ?? 'full';
        await writeEvent(trx, event);
        return 'pending';
      });
    },
    async find(tenantId, clientId) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('client_approvals')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .executeTakeFirst(),
      );
      return row && toApproval(row);
    },
    async list(tenantId) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('client_approvals')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('requested_at')
          .orderBy('client_id')
          .execute(),
      );
      return rows.map(toApproval);
    },
    async decide(tenantId, clientId, status, now, event) {
      await access.write(tenantId, async (trx) => {
        await trx
          .insertInto('client_approvals')
          .values({
            tenant_id: tenantId,
            client_id: clientId,
            client_name: '',
            status,
            requested_at: now,
            decided_at: now,
          })
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'client_id']).doUpdateSet({ status, decided_at: now }),
          )
          .execute();
        await writeEvent(trx, event);
      });
    },
    forget(tenantId, clientId, event) {
      return access.write(tenantId, async (trx) => {
        const forgotten = await trx
          .deleteFrom('client_approvals')
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .returning('client_id')
          .executeTakeFirst();
        if (forgotten === undefined) return 'unknown';
        await writeEvent(trx, event);
        return 'forgotten';
      });
    },
  };
}

async function findStatus(
  db: Kysely<Database>,
  tenantId: TenantId,
  clientId: string,
): Promise<ApprovalStatus | undefined> {
  const row = await db
    .selectFrom('client_approvals')
    .select('status')
    .where('tenant_id', '=', tenantId)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return row?.status;
}

async function listWaiting(db: Kysely<Database>, tenantId: TenantId): Promise<readonly WaitingClient[]> {
  const rows = await db
    .selectFrom('client_approvals')
    .select(['client_id', 'requested_at'])
    .where('tenant_id', '=', tenantId)
    .where('status', '=', 'pending')
    .execute();
  return rows.map((row) => ({ clientId: row.client_id, requestedAtEpochSeconds: row.requested_at }));
}

/** A decision that the operator has just taken stays, and its client waits no more. */
async function giveUpPlace(trx: Transaction<Database>, tenantId: TenantId, clientId: string): Promise<void> {
  await trx
    .deleteFrom('client_approvals')
    .where('tenant_id', '=', tenantId)
    .where('client_id', '=', clientId)
    .where('status', '=', 'pending')
    .execute();
}

function toApproval(row: Selectable<ClientApprovalTable>): ClientApproval {
  return {
    tenantId: row.tenant_id,
    clientId: row.client_id,
    clientName: row.client_name,
    status: row.status,
    requestedAtEpochSeconds: row.requested_at,
    decidedAtEpochSeconds: row.decided_at ?? undefined,
  };
}
