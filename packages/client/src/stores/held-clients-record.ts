import type { Issuer, JsonObject } from '@portcullis/protocol';

/** The record of the authorization servers that clients which were registered by hand are held to, by client id. */
export function heldClientsRecord(held: ReadonlyMap<string, Issuer>): JsonObject {
  return { clients: [...held].map(([clientId, issuer]) => ({ client_id: clientId, issuer })) };
}

/** What is malformed in it counts for nothing. */
export function parseHeldClients(record: JsonObject | undefined): ReadonlyMap<string, Issuer> {
  const clients = record?.['clients'];
  const entries = Array.isArray(clients)
    ? (clients as readonly ({ client_id?: unknown; issuer?: unknown } | null)[])
    : [];
  return new Map(
    entries.flatMap((entry) => {
      const { client_id: clientId, issuer } = entry ?? {};
      return typeof clientId === 'string' && typeof issuer === 'string' ? [[clientId, issuer] as const] : [];
    }),
  );
}
