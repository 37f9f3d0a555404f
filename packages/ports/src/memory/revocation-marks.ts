import type { RevocationMarkStore } from '../stores/revocation-marks.js';
import type { MemoryState } from './memory-state.js';

/** {@link RevocationMarkStore} in memory. */
export function createRevocationMarkStore(state: MemoryState): RevocationMarkStore {
  return {
    async after(tenantId, sequence, now) {
      return state.marks.filter(
        (mark) => mark.tenantId === tenantId && mark.sequence > sequence && mark.expiresAtEpochSeconds > now,
      );
    },
    async covers(tenantId, revocables, issuedAt, now) {
      return state.marks.some(
        (mark) =>
          mark.tenantId === tenantId &&
          mark.expiresAtEpochSeconds > now &&
          issuedAt <= mark.notBeforeEpochSeconds &&
          revocables.some(({ kind, value }) => kind === mark.kind && value === mark.value),
      );
    },
  };
}
