import type { PushedRequestStore } from '../stores/pushed-requests.js';
import type { MemoryState } from './memory-state.js';

/** {@link PushedRequestStore} in memory. */
export function createPushedRequestStore(state: MemoryState): PushedRequestStore {
  return {
    async create(request) {
      state.pushedRequests.insert(request.tenantId, request.requestHash, { ...request, used: false });
    },
    async find(tenantId, requestHash) {
      return state.pushedRequests.get(tenantId, requestHash);
    },
  };
}
