import type { EpochSeconds } from '@portcullis/protocol';
import type { MemoryState } from './memory-state.js';

const UNUSED_CLIENT_SECONDS = 24 * 60 * 60;

/** What `Storage.sweep` does, in memory. The order matters: clients go after the transactions that would keep them. */
export function sweep(state: MemoryState, now: EpochSeconds): number {
  let deleted = 0;
  deleted += state.signInSessions.sweep((session) => session.expiresAtEpochSeconds <= now);
  deleted += state.transactions.sweep(({ transaction }) => transaction.expiresAtEpochSeconds <= now);
  deleted += state.codes.sweep(({ code }) => code.expiresAtEpochSeconds <= now);
  deleted += state.refreshTokens.sweep(({ refreshToken }, tenantId) => {
    const granted = state.grants.get(tenantId, refreshToken.grantId);
    return refreshToken.expiresAtEpochSeconds <= now || granted === undefined || granted.keptUntilEpochSeconds <= now;
  });
  deleted += state.grants.sweep(({ keptUntilEpochSeconds }) => keptUntilEpochSeconds <= now);
  deleted += state.clients.sweep(({ client, used }, tenantId) => {
    const old = client.createdAtEpochSeconds <= now - UNUSED_CLIENT_SECONDS;
    if (used || !old || client.source !== 'dynamic') return false;
    const { clientId } = client;
    const inUse =
      state.transactions.rows(tenantId).some(({ transaction }) => transaction.clientId === clientId) ||
      state.codes.rows(tenantId).some(({ code }) => code.clientId === clientId);
    return !inUse;
  });
  return deleted + sweepMarks(state, now);
}

function sweepMarks(state: MemoryState, now: EpochSeconds): number {
  const live = state.marks.filter((mark) => mark.expiresAtEpochSeconds > now);
  const deleted = state.marks.length - live.length;
  state.marks.splice(0, state.marks.length, ...live);
  return deleted;
}
