import type { SigningKeyStore, StoredSigningKey } from '../stores/signing-keys.js';
import { addMark, type MemoryState } from './memory-state.js';

/** {@link SigningKeyStore} in memory. */
export function createSigningKeyStore(state: MemoryState): SigningKeyStore {
  function put(key: StoredSigningKey): void {
    state.signingKeys.put(key.tenantId, key.keyId, key);
  }

  return {
    async list(tenantId) {
      return [...state.signingKeys.rows(tenantId)].sort(
        (a, b) => a.signsFromEpochSeconds - b.signsFromEpochSeconds || (a.keyId < b.keyId ? -1 : 1),
      );
    },
    async addFirst(key, event) {
      if (state.signingKeys.rows(key.tenantId).length > 0) return 'exists';
      state.signingKeys.insert(key.tenantId, key.keyId, key);
      state.events.push(event);
      return 'added';
    },
    async rotate(key, predecessorKeyId, othersVerifyUntilEpochSeconds, event) {
      const last = state.signingKeys.rows(key.tenantId).filter((one) => one.verifiesUntilEpochSeconds === undefined);
      if (!last.some(({ keyId }) => keyId === predecessorKeyId)) return 'superseded';
      state.signingKeys.insert(key.tenantId, key.keyId, key);
      for (const one of last) put({ ...one, verifiesUntilEpochSeconds: othersVerifyUntilEpochSeconds });
      state.events.push(event);
      return 'rotated';
    },
    async retire(tenantId, keyId, { now, markLifetimeSeconds }, event) {
      const hasEnded = (one: StoredSigningKey): boolean => (one.verifiesUntilEpochSeconds ?? now + 1) <= now;
      const key = state.signingKeys.get(tenantId, keyId);
      if (key === undefined || hasEnded(key)) return 'unknown';
      const isReplaced = state.signingKeys
        .rows(tenantId)
        .some(
          (one) =>
            one.createdAtEpochSeconds > key.createdAtEpochSeconds && one.signsFromEpochSeconds <= now && !hasEnded(one),
        );
      if (!isReplaced) return 'last';
      put({ ...key, verifiesUntilEpochSeconds: now });
      addMark(state, tenantId, 'key', keyId, now, markLifetimeSeconds);
      state.events.push(event);
      return 'retired';
    },
  };
}
