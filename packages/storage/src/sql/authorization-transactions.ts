import {
  type AuthorizationTransaction,
  type AuthorizationTransactionStore,
  type RequestedTransaction,
  requireSameAct,
} from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import {
  type Kysely,
  type Selectable,
  sql,
  type Transaction,
  type UpdateQueryBuilder,
  type UpdateResult,
} from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { insertCode } from './authorization-codes.js';
import { keepConsent } from './consents.js';
import { readList, writeList } from './json-list.js';
import type { AuthorizationTransactionTable, Database } from './schema.js';

/** {@link AuthorizationTransactionStore} on SQL. */
export function createAuthorizationTransactionStore(access: SqlAccess): AuthorizationTransactionStore {
  return {
    async create(transaction) {
      await access.write(transaction.tenantId, (trx) =>
        trx.insertInto('authorization_transactions').values(toRow(transaction)).execute(),
      );
    },

    async find(tenantId, transactionHash, now) {
      const row = await access.read(tenantId, (db) => selectLive(db, tenantId, transactionHash, now));
      return row && toTransaction(row);
    },

    authenticate(tenantId, transactionHash, subject, authenticatedAt, now) {
      return access.write(tenantId, (trx) =>
        changed(
          updateOpen(trx, tenantId, transactionHash, now).set({
            subject,
            authenticated_at: authenticatedAt,
            approved_scopes: sql`CASE WHEN subject IS NULL OR subject = ${subject} THEN approved_scopes END`,
          }),
        ),
      );
    },

    approve(tenantId, transactionHash, scopes, now) {
      return access.write(tenantId, (trx) =>
        changed(updateOpen(trx, tenantId, transactionHash, now).set({ approved_scopes: writeList(scopes) })),
      );
    },

    async issue(tenantId, transactionHash, code, consent, sealedResponse, now, event) {
      if (code.tenantId !== tenantId) throw new Error('The code belongs to another tenant');
      requireSameAct(code, consent);
      return access.write(tenantId, async (trx) => {
        const issued = await changed(
          updateOpen(trx, tenantId, transactionHash, now)
            .set({ status: 'issued', sealed_response: sealedResponse })
            .where('approved_scopes', 'is not', null)
            .where('subject', '=', code.subject),
        );
        if (issued) {
          await insertCode(trx, code);
          await keepConsent(trx, consent);
          await writeEvent(trx, event);
          return { outcome: 'issued' };
        }
        const row = await selectLive(trx, tenantId, transactionHash, now);
        if (row === undefined || row.sealed_response === null) return { outcome: 'refused' };
        return { outcome: 'repeated', sealedResponse: row.sealed_response };
      });
    },

    deny(tenantId, transactionHash, now, event) {
      return access.write(tenantId, async (trx) => {
        if (!(await changed(updateOpen(trx, tenantId, transactionHash, now).set({ status: 'denied' })))) return false;
        await writeEvent(trx, event);
        return true;
      });
    },
  };
}

function selectLive(
  db: Kysely<Database>,
  tenantId: TenantId,
  transactionHash: Sha256,
  now: EpochSeconds,
): Promise<Selectable<AuthorizationTransactionTable> | undefined> {
  return db
    .selectFrom('authorization_transactions')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('transaction_hash', '=', transactionHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

type TransactionUpdate = UpdateQueryBuilder<
  Database,
  'authorization_transactions',
  'authorization_transactions',
  UpdateResult
>;

/** Every step changes an open, live transaction or none. */
function updateOpen(
  trx: Transaction<Database>,
  tenantId: TenantId,
  transactionHash: Sha256,
  now: EpochSeconds,
): TransactionUpdate {
  return trx
    .updateTable('authorization_transactions')
    .where('tenant_id', '=', tenantId)
    .where('transaction_hash', '=', transactionHash)
    .where('status', '=', 'open')
    .where('expires_at', '>', now);
}

async function changed(update: TransactionUpdate): Promise<boolean> {
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

function toRow(transaction: RequestedTransaction): AuthorizationTransactionTable {
  return {
    tenant_id: transaction.tenantId,
    transaction_hash: transaction.transactionHash,
    browser_hash: transaction.browserHash,
    client_id: transaction.clientId,
    redirect_uri: transaction.redirectUri,
    state: transaction.state ?? null,
    code_challenge: transaction.codeChallenge,
    resource: transaction.resource,
    requested_scopes: writeList(transaction.requestedScopes),
    created_at: transaction.createdAtEpochSeconds,
    expires_at: transaction.expiresAtEpochSeconds,
    approved_scopes: null,
    subject: null,
    authenticated_at: null,
    status: 'open',
    sealed_response: null,
  };
}

function toTransaction(row: Selectable<AuthorizationTransactionTable>): AuthorizationTransaction {
  return {
    tenantId: row.tenant_id,
    transactionHash: row.transaction_hash,
    browserHash: row.browser_hash,
    clientId: row.client_id,
    redirectUri: row.redirect_uri,
    state: row.state ?? undefined,
    codeChallenge: row.code_challenge,
    resource: row.resource,
    requestedScopes: readList(row.requested_scopes),
    createdAtEpochSeconds: row.created_at,
    expiresAtEpochSeconds: row.expires_at,
    approvedScopes: row.approved_scopes === null ? undefined : readList(row.approved_scopes),
    subject: row.subject ?? undefined,
    authenticatedAtEpochSeconds: row.authenticated_at ?? undefined,
    status: row.status,
  };
}
