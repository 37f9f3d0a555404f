import {
  type AuthorizationTransaction,
  type AuthorizationTransactionStore,
  type RequestedTransaction,
  requireSameAct,
  requireSameApproval,
  type TransactionAnswer,
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
import type { AuthorizationTransactionTable } from './authorization-tables.js';
import { keepConsent } from './consents.js';
import { approveDeviceCode, denyDeviceCode, isDeviceCodeApproved, isDeviceCodePending } from './device-codes.js';
import { readList, writeList } from './json-list.js';
import { isPushedRequestUnused, usePushedRequest } from './pushed-requests.js';
import type { Database } from './schema.js';
import { writeOrUndo } from './undo.js';

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
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const [issued] = await updateReady(trx, tenantId, transactionHash, code.subject, now)
          .set({ status: 'issued', sealed_response: sealedResponse })
          .where('device_code_hash', 'is', null)
          .where(isPushedRequestUnused)
          .returning('pushed_request_hash')
          .execute();
        if (issued !== undefined) {
          const { pushed_request_hash: pushed } = issued;
          if (pushed !== null && !(await usePushedRequest(trx, tenantId, pushed, now))) {
            return undo({ outcome: 'refused' });
          }
          await insertCode(trx, code);
          await keepConsent(trx, consent);
          await writeEvent(trx, event);
          return { outcome: 'issued' };
        }
        const row = await selectLive(trx, tenantId, transactionHash, now);
        if (row === undefined) return { outcome: 'refused' };
        if (row.device_code_hash !== null) throw new Error('The answer of this transaction is no code');
        if (row.sealed_response === null) return { outcome: 'refused' };
        return { outcome: 'repeated', sealedResponse: row.sealed_response };
      });
    },

    approveDevice(tenantId, transactionHash, approval, consent, now, event) {
      const { subject } = approval;
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const row = await selectLive(trx, tenantId, transactionHash, now);
        if (row === undefined) return 'refused';
        const { device_code_hash: deviceCodeHash } = row;
        if (deviceCodeHash === null) throw new Error('The answer of this transaction goes to no device');
        requireSameApproval(toTransaction(row), approval, consent);
        const code = { tenantId, deviceCodeHash, now };
        // Who comes too late learns so before anything is claimed, unless the other one commits within these lines.
        const claims =
          (await isDeviceCodePending(trx, code)) &&
          (await changed(updateReady(trx, tenantId, transactionHash, subject, now).set({ status: 'issued' })));
        if (!claims) {
          const ended = await selectLive(trx, tenantId, transactionHash, now);
          const isOwn = ended?.status === 'issued' && ended.subject === subject;
          return isOwn && (await isDeviceCodeApproved(trx, code, subject)) ? 'approved' : 'refused';
        }
        if (!(await approveDeviceCode(trx, code, approval))) return undo('refused');
        await keepConsent(trx, consent);
        await writeEvent(trx, event);
        return 'approved';
      });
    },

    deny(tenantId, transactionHash, now, event) {
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const row = await selectLive(trx, tenantId, transactionHash, now);
        if (row === undefined) return false;
        const { device_code_hash: deviceCodeHash, pushed_request_hash: pushed } = row;
        const code = deviceCodeHash === null ? undefined : { tenantId, deviceCodeHash, now };
        if (code !== undefined && !(await isDeviceCodePending(trx, code))) return false;
        if (!(await changed(updateOpen(trx, tenantId, transactionHash, now).set({ status: 'denied' })))) return false;
        if (code !== undefined && !(await denyDeviceCode(trx, code))) return undo(false);
        // Whoever used it before, by an answer of another page: this one is denied all the same.
        if (pushed !== null) await usePushedRequest(trx, tenantId, pushed, now);
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

/** What ends one with an answer changes it only when it was approved, and the user who signed in last is that one. */
function updateReady(
  trx: Transaction<Database>,
  tenantId: TenantId,
  transactionHash: Sha256,
  subject: string,
  now: EpochSeconds,
): TransactionUpdate {
  return updateOpen(trx, tenantId, transactionHash, now)
    .where('approved_scopes', 'is not', null)
    .where('subject', '=', subject);
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
    resource: transaction.resource,
    requested_scopes: writeList(transaction.requestedScopes),
    created_at: transaction.createdAtEpochSeconds,
    expires_at: transaction.expiresAtEpochSeconds,
    approved_scopes: null,
    subject: null,
    authenticated_at: null,
    status: 'open',
    sealed_response: null,
    ...toAnswerColumns(transaction.answer),
  };
}

type AnswerColumns = Pick<
  AuthorizationTransactionTable,
  'redirect_uri' | 'state' | 'code_challenge' | 'device_code_hash' | 'pushed_request_hash' | 'dpop_key_thumbprint'
>;

function toAnswerColumns(answer: TransactionAnswer): AnswerColumns {
  const toDevice = answer.kind === 'device';
  return {
    redirect_uri: toDevice ? null : answer.redirectUri,
    state: toDevice ? null : (answer.state ?? null),
    code_challenge: toDevice ? null : answer.codeChallenge,
    device_code_hash: toDevice ? answer.deviceCodeHash : null,
    pushed_request_hash: toDevice ? null : (answer.pushedRequestHash ?? null),
    dpop_key_thumbprint: toDevice ? null : (answer.dpopKeyThumbprint ?? null),
  };
}

/** @throws when a row has neither answer, which its table does not take */
function toAnswer(row: Selectable<AnswerColumns>): TransactionAnswer {
  if (row.device_code_hash !== null) return { kind: 'device', deviceCodeHash: row.device_code_hash };
  const { redirect_uri: redirectUri, code_challenge: codeChallenge } = row;
  if (redirectUri === null || codeChallenge === null) throw new TypeError('A transaction without an answer');
  return {
    kind: 'redirect',
    redirectUri,
    state: row.state ?? undefined,
    codeChallenge,
    ...(row.dpop_key_thumbprint !== null && { dpopKeyThumbprint: row.dpop_key_thumbprint }),
    ...(row.pushed_request_hash !== null && { pushedRequestHash: row.pushed_request_hash }),
  };
}

function toTransaction(row: Selectable<AuthorizationTransactionTable>): AuthorizationTransaction {
  return {
    tenantId: row.tenant_id,
    transactionHash: row.transaction_hash,
    browserHash: row.browser_hash,
    clientId: row.client_id,
    answer: toAnswer(row),
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
