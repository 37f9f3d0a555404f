import type { Client } from '@portcullis/ports';
import type { Core } from '../core.js';

/**
 * A client as it is kept, whether or not it may act: for pages about what was allowed, and for introspection. Nothing is
 * fetched for it, so a host that is down holds up nobody who wants to be rid of its client, and a resource server learns
 * nothing from how long an answer about somebody else's token takes.
 */
export async function findKeptClient(core: Core, clientId: string): Promise<Client | undefined> {
  const { configuredClients, tenantId } = core.settings;
  return configuredClients.get(clientId) ?? (await core.ports.storage.clients.find(tenantId, clientId));
}
