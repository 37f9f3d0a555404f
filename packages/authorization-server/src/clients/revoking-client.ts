import type { Client } from '@portcullis/ports';
import type { Core } from '../core.js';
import { ClientUnavailableError } from './client-unavailable-error.js';
import { findKeptClient } from './kept-client.js';

/**
 * The client that wants a token revoked. That has to be possible whatever became of its document or of its place here, so
 * it is looked for among those that are kept where it could get no token now. It still proves itself by `method`, as the
 * newest description says that there is.
 *
 * A public client proves nothing, so nothing is fetched for it. Who has keys may have other ones by now.
 */
export async function findRevokingClient(
  core: Core,
  clientId: string,
  method: Client['tokenEndpointAuthMethod'],
): Promise<Client | undefined> {
  const kept = await findKeptClient(core, clientId);
  if (kept === undefined || (method === 'none' && kept.tokenEndpointAuthMethod === 'none')) return kept;
  try {
    return (await core.clients.find(clientId)) ?? kept;
  } catch (error) {
    if (error instanceof ClientUnavailableError) return kept;
    throw error;
  }
}
