import type { FoundPushedRequest, PushedRequest, PushedRequestStore } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { ExpressionBuilder, Selectable, Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { PushedRequestTable } from './authorization-tables.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';

/** One pushed request. */
interface RequestOf {
  readonly tenantId: TenantId;
  readonly requestHash: Sha256;
}

const FIND = statement((db, { tenantId, requestHash }: RequestOf) =>
  db
    .selectFrom('pushed_requests')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('request_hash', '=', requestHash),
);

/** {@link PushedRequestStore} on SQL. */
export function createPushedRequestStore(access: SqlAccess): PushedRequestStore {
  return {
    async create(request) {
      await access.write(request.tenantId, (trx) => INSERT(trx, toValues(request)));
    },

    async find(tenantId, requestHash) {
      const [row] = await access.read(tenantId, (db) => FIND(db, { tenantId, requestHash }));
      return row && toRequest(row);
    },
  };
}

/** Uses a pushed request up, in the transaction of the act that issues its code or denies one: the one statement that decides which
 * of the transactions that began with it does. False where it was used before, or is gone. */
export async function usePushedRequest(
  trx: Transaction<Database>,
  tenantId: TenantId,
  requestHash: Sha256,
  now: EpochSeconds,
): Promise<boolean> {
  const used = await USE(trx, { tenantId, requestHash, now });
  return used.length > 0;
}

/** A condition on a transaction: the pushed request it began with, if it did, was not used as of now. Only the statement that
 * uses one up decides; by this, whoever comes later has claimed nothing that would have to be taken back. */
export function isPushedRequestUnused(eb: ExpressionBuilder<Database, 'authorization_transactions'>) {
  const unused = eb
    .selectFrom('pushed_requests')
    .select('pushed_requests.request_hash')
    .whereRef('pushed_requests.tenant_id', '=', 'authorization_transactions.tenant_id')
    .whereRef('pushed_requests.request_hash', '=', 'authorization_transactions.pushed_request_hash')
    .where('pushed_requests.used_at', 'is', null);
  return eb.or([eb('pushed_request_hash', 'is', null), eb.exists(unused)]);
}

const USE = statement((db, { tenantId, requestHash, now }: RequestOf & { now: EpochSeconds }) =>
  db
    .updateTable('pushed_requests')
    .set({ used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('request_hash', '=', requestHash)
    .where('used_at', 'is', null)
    .returning('request_hash'),
);

type RequestValues = Omit<PushedRequest, 'dpopKeyThumbprint'> & { dpopKeyThumbprint: string | null };

const INSERT = statement((db, request: RequestValues) =>
  db.insertInto('pushed_requests').values({
    tenant_id: request.tenantId,
    request_hash: request.requestHash,
    client_id: request.clientId,
    parameters: request.parameters,
    dpop_key_thumbprint: request.dpopKeyThumbprint,
    created_at: request.createdAtEpochSeconds,
    expires_at: request.expiresAtEpochSeconds,
    kept_until: request.keptUntilEpochSeconds,
    used_at: null,
  }),
);

function toValues(request: PushedRequest): RequestValues {
  return { ...request, dpopKeyThumbprint: request.dpopKeyThumbprint ?? null };
}

function toRequest(row: Selectable<PushedRequestTable>): FoundPushedRequest {
  const { dpop_key_thumbprint: dpopKeyThumbprint } = row;
  return {
    tenantId: row.tenant_id,
    requestHash: row.request_hash,
    clientId: row.client_id,
    parameters: row.parameters,
    ...(dpopKeyThumbprint !== null && { dpopKeyThumbprint }),
    createdAtEpochSeconds: row.created_at,
    expiresAtEpochSeconds: row.expires_at,
    keptUntilEpochSeconds: row.kept_until,
    used: row.used_at !== null,
  };
}
