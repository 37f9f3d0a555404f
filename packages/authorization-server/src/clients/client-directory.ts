import type { Client, ClientStore, RequestContext } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { Settings } from '../settings.js';

/** Longest client id that is looked up. */
const MAX_CLIENT_ID_LENGTH = 2048;

/** Why a client may not begin an authorization. For the trail, except where a page says more. */
export type AdmissionFailure = 'client_unknown';

/** Where a client is looked up, wherever it is kept. */
export interface ClientDirectory {
  /** A client that is known already: for its tokens, and for pages of a transaction under way. */
  find(clientId: string): Promise<Client | undefined>;
  /** A client that begins an authorization, met for the first time or again. */
  admit(clientId: string, context: RequestContext): Promise<Result<Client, AdmissionFailure>>;
}

/** Configured clients first, then those that are stored. */
export function createClientDirectory(
  store: ClientStore,
  settings: Pick<Settings, 'tenantId' | 'configuredClients'>,
): ClientDirectory {
  async function find(clientId: string): Promise<Client | undefined> {
    if (clientId.length > MAX_CLIENT_ID_LENGTH) return undefined;
    return settings.configuredClients.get(clientId) ?? (await store.find(settings.tenantId, clientId));
  }

  return {
    find,
    async admit(clientId) {
      const client = await find(clientId);
      return client === undefined ? fail('client_unknown') : succeed(client);
    },
  };
}
