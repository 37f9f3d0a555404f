import type { RevocationMark, RevocationMarkStore } from '../stores/revocation-marks.js';
import type { MemoryState } from './memory-state.js';

/** {@link RevocationMarkStore} in memory. */
export function createRevocationMarkStore(state: MemoryState): RevocationMarkStore {
  return {
    async after(tenantId, last, now) {
      const isThere = last !== 0 && state.marks.some((mark) => mark.tenantId === tenantId && isSameMark(mark, last));
      const sequence = isThere ? last.sequence : 0;
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

function isSameMark(one: RevocationMark, other: RevocationMark): boolean {
  return (
    one.sequence === other.sequence &&
    one.kind === other.kind &&
    one.value === other.value &&
    one.notBeforeEpochSeconds === other.notBeforeEpochSeconds &&
    one.expiresAtEpochSeconds === other.expiresAtEpochSeconds
  );
}
