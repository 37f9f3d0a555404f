import { CLIENT_USE_NOTED_SECONDS, type Client, type ClientStore, type FoundClient } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/**
 * Notes that a client came by a token where no other act does: codes and refresh tokens note it in their own transaction.
 * What was noted within the minute came with the client's row, so that a busy client costs one write a minute. A client
 * of the configuration has no row, and nothing is noted of it.
 */
export async function noteUse(clients: ClientStore, client: Client, now: EpochSeconds): Promise<void> {
  if (!wasStored(client)) return;
  const noted = client.lastUsedAtEpochSeconds;
  if (noted !== undefined && noted > now - CLIENT_USE_NOTED_SECONDS) return;
  await clients.noteUse(client.tenantId, client.clientId, now);
}

/** Whether the client is as the store found it. */
function wasStored(client: Client): client is FoundClient {
  return 'lastUsedAtEpochSeconds' in client;
}
