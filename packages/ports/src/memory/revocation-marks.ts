import type { RevocationMarkStore } from '../stores/revocation-marks.js';
import type { MemoryState } from './memory-state.js';

/** {@link RevocationMarkStore} in memory. */
export function createRevocationMarkStore(state: MemoryState): RevocationMarkStore {
  return {
    async after(sequence, now) {
      return state.marks.filter((mark) => mark.sequence > sequence && mark.expiresAtEpochSeconds > now);
    },
  };
}
