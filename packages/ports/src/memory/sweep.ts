import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import {
  ENDED_ID_SECONDS,
  ENDED_MARK_SECONDS,
  EXPIRED_DEVICE_CODE_SECONDS,
  REDEEMED_CODE_SECONDS,
  UNDECIDED_APPROVAL_SECONDS,
  UNUSED_CLIENT_SECONDS,
  WITHOUT_GRANT_CLIENT_SECONDS,
} from '../stores/storage.js';
import type { ClientRow, MemoryState } from './memory-state.js';

/** What `Storage.sweep` does, in memory. The order matters: clients go after what would keep them. */
export function sweep(state: MemoryState, tenantId: TenantId, now: EpochSeconds): number {
  let deleted = 0;
  deleted += state.signInSessions.deleteWhere(tenantId, (session) => session.expiresAtEpochSeconds <= now);
  deleted += state.transactions.deleteWhere(tenantId, (row) => row.transaction.expiresAtEpochSeconds <= now);
  deleted += state.codes.deleteWhere(
    tenantId,
    ({ code, redeemed }) => code.expiresAtEpochSeconds <= now - (redeemed ? REDEEMED_CODE_SECONDS : 0),
  );
  deleted += state.pushedRequests.deleteWhere(tenantId, (pushed) => pushed.keptUntilEpochSeconds <= now);
  deleted += state.deviceCodes.deleteWhere(
    tenantId,
    ({ expiresAtEpochSeconds }) => expiresAtEpochSeconds <= now - EXPIRED_DEVICE_CODE_SECONDS,
  );
  deleted += state.refreshTokens.deleteWhere(tenantId, ({ refreshToken }) => {
    const granted = state.grants.get(tenantId, refreshToken.grantId);
    return refreshToken.expiresAtEpochSeconds <= now || granted === undefined || granted.keptUntilEpochSeconds <= now;
  });
  deleted += state.grants.deleteWhere(tenantId, ({ keptUntilEpochSeconds }) => keptUntilEpochSeconds <= now);
  deleted += state.oneTimeIds.deleteWhere(tenantId, (heldUntil) => heldUntil <= now - ENDED_ID_SECONDS);
  deleted += state.signingKeys.deleteWhere(tenantId, (key) => (key.verifiesUntilEpochSeconds ?? now + 1) <= now);
  deleted += state.clientApprovals.deleteWhere(
    tenantId,
    ({ status, requestedAtEpochSeconds: askedAt }) =>
      status === 'pending' && askedAt <= now - UNDECIDED_APPROVAL_SECONDS,
  );
  const gone = state.clients.rows(tenantId).filter((row) => isForgotten(state, tenantId, row, now));
  for (const { client } of gone) {
    state.clients.deleteWhere(tenantId, (row) => row.client.clientId === client.clientId);
    state.consents.deleteWhere(tenantId, ({ clientId }) => clientId === client.clientId);
  }
  return deleted + gone.length + sweepMarks(state, tenantId, now);
}

/** Nobody vouched for it, nothing is under way, and it was never used or has had no grant for long. */
function isForgotten(
  state: MemoryState,
  tenantId: TenantId,
  { client, usedAtEpochSeconds }: ClientRow,
  now: EpochSeconds,
): boolean {
  if (client.source !== 'dynamic' && client.source !== 'metadata_document') return false;
  const isOfClient = (one: { readonly clientId: string }): boolean => one.clientId === client.clientId;
  const underWay =
    state.transactions.rows(tenantId).some(({ transaction }) => isOfClient(transaction)) ||
    state.pushedRequests.rows(tenantId).some(isOfClient) ||
    state.deviceCodes.rows(tenantId).some(isOfClient) ||
    state.codes.rows(tenantId).some(({ code }) => isOfClient(code));
  if (underWay) return false;
  if (usedAtEpochSeconds === undefined) return client.createdAtEpochSeconds <= now - UNUSED_CLIENT_SECONDS;
  const isLive = state.grants
    .rows(tenantId)
    .some(({ grant, revoked }) => isOfClient(grant) && !revoked && grant.expiresAtEpochSeconds > now);
  return !isLive && usedAtEpochSeconds <= now - WITHOUT_GRANT_CLIENT_SECONDS;
}

function sweepMarks(state: MemoryState, tenantId: TenantId, now: EpochSeconds): number {
  const end = now - ENDED_MARK_SECONDS;
  const kept = state.marks.filter((mark) => mark.tenantId !== tenantId || mark.expiresAtEpochSeconds > end);
  const deleted = state.marks.length - kept.length;
  state.marks.splice(0, state.marks.length, ...kept);
  return deleted;
}
