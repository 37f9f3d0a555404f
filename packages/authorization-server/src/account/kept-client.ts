import type { Client } from '@portcullis/ports';
import type { Core } from '../core.js';

/**
 * A client as it is kept, whether or not it may act: for pages about what was allowed. Nothing is fetched for it, so a
 * host that is down holds up nobody who wants to be rid of its client.
 */
export async function findKeptClient(core: Core, clientId: string): Promise<Client | undefined> {
  const { configuredClients, tenantId } = core.settings;
  return configuredClients.get(clientId) ?? (await core.ports.storage.clients.find(tenantId, clientId));
}
