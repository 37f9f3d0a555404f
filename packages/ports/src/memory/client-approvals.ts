import { findPlaceInQueue } from '../stores/approval-queue.js';
import type { ClientApprovalStore } from '../stores/client-approvals.js';
import type { MemoryState } from './memory-state.js';

/** {@link ClientApprovalStore} in memory. */
export function createClientApprovalStore(state: MemoryState): ClientApprovalStore {
  return {
    async request({ tenantId, clientId, clientName }, limits, now, event) {
      const held = state.clientApprovals.get(tenantId, clientId);
      if (held !== undefined) return held.status;
      const waiting = state.clientApprovals.rows(tenantId).filter(({ status }) => status === 'pending');
      const found = findPlaceInQueue(waiting, clientId, limits);
      if (found.place === 'none') return 'full';
      if (found.place === 'of_another') {
        state.clientApprovals.deleteWhere(tenantId, (row) => row.clientId === found.clientId);
      }
      const asked = { tenantId, clientId, clientName, requestedAtEpochSeconds: now, decidedAtEpochSeconds: undefined };
      state.clientApprovals.insert(tenantId, clientId, { ...asked, status: 'pending' });
      state.events.push(event);
      return 'pending';
    },
    async find(tenantId, clientId) {
      return state.clientApprovals.get(tenantId, clientId);
    },
    async list(tenantId) {
      return [...state.clientApprovals.rows(tenantId)].sort(
        (a, b) => a.requestedAtEpochSeconds - b.requestedAtEpochSeconds || (a.clientId < b.clientId ? -1 : 1),
      );
    },
    async decide(tenantId, clientId, status, now, event) {
      const asked = state.clientApprovals.get(tenantId, clientId) ?? {
        tenantId,
        clientId,
        clientName: '',
        requestedAtEpochSeconds: now,
      };
      state.clientApprovals.put(tenantId, clientId, { ...asked, status, decidedAtEpochSeconds: now });
      state.events.push(event);
    },
    async forget(tenantId, clientId, event) {
      if (state.clientApprovals.deleteWhere(tenantId, (row) => row.clientId === clientId) === 0) return 'unknown';
      state.events.push(event);
      return 'forgotten';
    },
  };
}
