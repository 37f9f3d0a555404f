import type { AssertionIssuerStore } from '../stores/assertion-issuers.js';
import { addMark, type MemoryState } from './memory-state.js';

/** {@link AssertionIssuerStore} in memory. */
export function createAssertionIssuerStore(state: MemoryState): AssertionIssuerStore {
  return {
    async isDisabled(tenantId, issuer) {
      return state.disabledAssertionIssuers.get(tenantId, issuer) !== undefined;
    },
    async listDisabled(tenantId) {
      return [...state.disabledAssertionIssuers.rows(tenantId)].sort((a, b) => (a.issuer < b.issuer ? -1 : 1));
    },
    async disable(tenantId, issuer, subjects, { now, markLifetimeSeconds }, event) {
      const isOffAlready = state.disabledAssertionIssuers.get(tenantId, issuer) !== undefined;
      if (isOffAlready && subjects.length === 0) return 'unchanged';
      if (!isOffAlready) {
        state.disabledAssertionIssuers.insert(tenantId, issuer, { tenantId, issuer, disabledAtEpochSeconds: now });
      }
      for (const subject of subjects) addMark(state, tenantId, 'subject', subject, now, markLifetimeSeconds);
      state.events.push(event);
      return isOffAlready ? 'access_ended' : 'disabled';
    },
    async enable(tenantId, issuer, event) {
      if (state.disabledAssertionIssuers.deleteWhere(tenantId, (one) => one.issuer === issuer) === 0)
        return 'unchanged';
      state.events.push(event);
      return 'enabled';
    },
  };
}
