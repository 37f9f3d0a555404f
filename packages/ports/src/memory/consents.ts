import type { ConsentStore } from '../stores/consents.js';
import { consentKey, type MemoryState } from './memory-state.js';

/** {@link ConsentStore} in memory. */
export function createConsentStore(state: MemoryState): ConsentStore {
  return {
    async find(tenantId, subject, clientId, resource) {
      return state.consents.get(tenantId, consentKey({ subject, clientId, resource }));
    },
    async listOfUser(tenantId, subject) {
      return state.consents
        .rows(tenantId)
        .filter((consent) => consent.subject === subject)
        .sort((a, b) => (consentKey(a) < consentKey(b) ? -1 : 1));
    },
  };
}
