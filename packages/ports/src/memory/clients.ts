import type { ClientStore } from '../stores/clients.js';
import type { MemoryState } from './memory-state.js';

/** {@link ClientStore} in memory. */
export function createClientStore(state: MemoryState): ClientStore {
  return {
    async find(tenantId, clientId) {
      return state.clients.get(tenantId, clientId)?.client;
    },
    async register(client, event) {
      state.clients.insert(client.tenantId, client.clientId, { client, used: false });
      state.events.push(event);
    },
  };
}
