import type { Client, ClientStore } from '@portcullis/ports';
import type { Settings } from '../settings.js';

/** Longest client id that is looked up. */
const MAX_CLIENT_ID_LENGTH = 512;

/** Where a client is looked up, wherever it is kept. */
export interface ClientDirectory {
  find(clientId: string): Promise<Client | undefined>;
}

/** Configured clients first, then those that registered themselves. */
export function createClientDirectory(
  store: ClientStore,
  settings: Pick<Settings, 'tenantId' | 'configuredClients'>,
): ClientDirectory {
  return {
    async find(clientId) {
      if (clientId.length > MAX_CLIENT_ID_LENGTH) return undefined;
      return settings.configuredClients.get(clientId) ?? (await store.find(settings.tenantId, clientId));
    },
  };
}
