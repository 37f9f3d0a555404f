import type { SigningKeyStore } from '../stores/signing-keys.js';
import type { MemoryState } from './memory-state.js';

/** {@link SigningKeyStore} in memory. */
export function createSigningKeyStore(state: MemoryState): SigningKeyStore {
  return {
    async list(tenantId) {
      return [...state.signingKeys.rows(tenantId)].sort((a, b) => a.createdAtEpochSeconds - b.createdAtEpochSeconds);
    },
    async addFirst(key, event) {
      if (state.signingKeys.rows(key.tenantId).length > 0) return 'exists';
      state.signingKeys.insert(key.tenantId, key.keyId, key);
      state.events.push(event);
      return 'added';
    },
  };
}
