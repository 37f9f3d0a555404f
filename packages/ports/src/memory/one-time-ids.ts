import type { OneTimeIdStore } from '../stores/one-time-ids.js';
import type { MemoryState } from './memory-state.js';

/** {@link OneTimeIdStore} in memory. */
export function createOneTimeIdStore(state: MemoryState): OneTimeIdStore {
  return {
    async use(tenantId, kind, idHash, expiresAtEpochSeconds, now) {
      const key = `${kind} ${idHash}`;
      const heldUntil = state.oneTimeIds.get(tenantId, key);
      if (heldUntil !== undefined && heldUntil > now) return false;
      state.oneTimeIds.put(tenantId, key, expiresAtEpochSeconds);
      return true;
    },

    async isUsed(tenantId, kind, idHash, now) {
      const heldUntil = state.oneTimeIds.get(tenantId, `${kind} ${idHash}`);
      return heldUntil !== undefined && heldUntil > now;
    },
  };
}
