import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuthorizationTransaction, AuthorizationTransactionStore } from '../stores/authorization-transactions.js';
import { type Consent, consentedDescription, requireSameAct, requireSameApproval } from '../stores/consents.js';
import { consentKey, type MemoryState, type TransactionRow } from './memory-state.js';

/** {@link AuthorizationTransactionStore} in memory. */
export function createAuthorizationTransactionStore(state: MemoryState): AuthorizationTransactionStore {
  function live(tenantId: TenantId, transactionHash: Sha256, now: EpochSeconds): TransactionRow | undefined {
    const row = state.transactions.get(tenantId, transactionHash);
    return row === undefined || row.transaction.expiresAtEpochSeconds <= now ? undefined : row;
  }

  function open(tenantId: TenantId, transactionHash: Sha256, now: EpochSeconds): AuthorizationTransaction | undefined {
    const transaction = live(tenantId, transactionHash, now)?.transaction;
    return transaction?.status === 'open' ? transaction : undefined;
  }

  function put(transaction: AuthorizationTransaction, sealedResponse?: string): void {
    state.transactions.put(transaction.tenantId, transaction.transactionHash, { transaction, sealedResponse });
  }

  return {
    async create(requested) {
      const undecided = { approvedScopes: undefined, subject: undefined, authenticatedAtEpochSeconds: undefined };
      const transaction: AuthorizationTransaction = { ...requested, ...undecided, status: 'open' };
      const row = { transaction, sealedResponse: undefined };
      state.transactions.insert(transaction.tenantId, transaction.transactionHash, row);
    },
    async find(tenantId, transactionHash, now) {
      return live(tenantId, transactionHash, now)?.transaction;
    },
    async authenticate(tenantId, transactionHash, subject, authenticatedAt, now) {
      const transaction = open(tenantId, transactionHash, now);
      if (transaction === undefined) return false;
      const sameUser = transaction.subject === undefined || transaction.subject === subject;
      const approvedScopes = sameUser ? transaction.approvedScopes : undefined;
      put({ ...transaction, subject, authenticatedAtEpochSeconds: authenticatedAt, approvedScopes });
      return true;
    },
    async approve(tenantId, transactionHash, scopes, now) {
      const transaction = open(tenantId, transactionHash, now);
      if (transaction === undefined) return false;
      put({ ...transaction, approvedScopes: [...scopes] });
      return true;
    },
    async issue(tenantId, transactionHash, code, consent, sealedResponse, now, event) {
      if (code.tenantId !== tenantId) throw new Error('The code belongs to another tenant');
      requireSameAct(code, consent);
      const row = live(tenantId, transactionHash, now);
      if (row === undefined) return { outcome: 'refused' };
      if (row.sealedResponse !== undefined) return { outcome: 'repeated', sealedResponse: row.sealedResponse };
      const { transaction } = row;
      const { answer } = transaction;
      if (answer.kind !== 'redirect') throw new Error('The answer of this transaction is no code');
      if (!isReady(transaction) || transaction.subject !== code.subject) return { outcome: 'refused' };
      state.codes.requireFree(tenantId, code.codeHash);
      if (answer.pushedRequestHash !== undefined) {
        const pushed = state.pushedRequests.get(tenantId, answer.pushedRequestHash);
        if (pushed === undefined || pushed.used) return { outcome: 'refused' };
        state.pushedRequests.put(tenantId, answer.pushedRequestHash, { ...pushed, used: true });
      }
      state.codes.insert(tenantId, code.codeHash, { code, redeemed: false });
      keepConsent(state, consent);
      put({ ...transaction, status: 'issued' }, sealedResponse);
      state.events.push(event);
      return { outcome: 'issued' };
    },
    async approveDevice(tenantId, transactionHash, approval, consent, now, event) {
      const transaction = live(tenantId, transactionHash, now)?.transaction;
      if (transaction === undefined) return 'refused';
      const { answer } = transaction;
      if (answer.kind !== 'device') throw new Error('The answer of this transaction goes to no device');
      requireSameApproval(transaction, approval, consent);
      const device = state.deviceCodes.get(tenantId, answer.deviceCodeHash);
      if (transaction.status === 'issued') {
        const isApproved = device?.status === 'approved' || device?.status === 'redeemed';
        return isApproved && transaction.subject === approval.subject ? 'approved' : 'refused';
      }
      if (!isReady(transaction) || transaction.subject !== approval.subject) return 'refused';
      if (device?.status !== 'pending' || device.expiresAtEpochSeconds <= now) return 'refused';
      state.deviceCodes.put(tenantId, answer.deviceCodeHash, { ...device, status: 'approved', approval });
      keepConsent(state, consent);
      put({ ...transaction, status: 'issued' });
      state.events.push(event);
      return 'approved';
    },
    async deny(tenantId, transactionHash, now, event) {
      const transaction = open(tenantId, transactionHash, now);
      if (transaction === undefined) return false;
      const { answer } = transaction;
      if (answer.kind === 'device') {
        const device = state.deviceCodes.get(tenantId, answer.deviceCodeHash);
        if (device?.status !== 'pending' || device.expiresAtEpochSeconds <= now) return false;
        state.deviceCodes.put(tenantId, device.deviceCodeHash, { ...device, status: 'denied' });
      } else if (answer.pushedRequestHash !== undefined) {
        const pushed = state.pushedRequests.get(tenantId, answer.pushedRequestHash);
        if (pushed !== undefined) {
          state.pushedRequests.put(tenantId, answer.pushedRequestHash, { ...pushed, used: true });
        }
      }
      put({ ...transaction, status: 'denied' });
      state.events.push(event);
      return true;
    },
  };
}

function isReady({ status, approvedScopes }: AuthorizationTransaction): boolean {
  return status === 'open' && approvedScopes !== undefined;
}

function keepConsent(state: MemoryState, consent: Consent): void {
  const key = consentKey(consent);
  const held = state.consents.get(consent.tenantId, key);
  const kept = held?.documentFingerprint === consent.documentFingerprint ? (held?.scopes ?? []) : [];
  const scopes = [...new Set([...kept, ...consent.scopes])];
  const clientDescription = consent.clientDescription && consentedDescription(consent.clientDescription);
  state.consents.put(consent.tenantId, key, { ...consent, scopes, clientDescription });
}
