import type { Client, ClientStore } from '@portcullis/ports';
import type { Selectable } from 'kysely';
import { type SqliteAccess, writeEvent } from './access.js';
import { readList, writeList } from './json-list.js';
import type { ClientTable } from './schema.js';

/** {@link ClientStore} on SQLite. */
export function createClientStore(access: SqliteAccess): ClientStore {
  return {
    async find(tenantId, clientId) {
      const row = await access.read((db) =>
        db
          .selectFrom('clients')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .executeTakeFirst(),
      );
      return row && toClient(row);
    },
    async register(client, event) {
      await access.write(async (trx) => {
        await trx.insertInto('clients').values(toRow(client)).execute();
        await writeEvent(trx, event);
      });
    },
  };
}

function toRow(client: Client): ClientTable {
  return {
    tenant_id: client.tenantId,
    client_id: client.clientId,
    source: client.source,
    client_name: client.clientName,
    redirect_uris: writeList(client.redirectUris),
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    client_secret_hash: client.clientSecretHash ?? null,
    grant_types: writeList(client.grantTypes),
    scopes: client.scopes === undefined ? null : writeList(client.scopes),
    application_type: client.applicationType,
    client_uri: client.clientUri ?? null,
    created_at: client.createdAtEpochSeconds,
    used_at: null,
  };
}

function toClient(row: Selectable<ClientTable>): Client {
  return {
    tenantId: row.tenant_id,
    clientId: row.client_id,
    source: row.source,
    clientName: row.client_name,
    redirectUris: readList(row.redirect_uris),
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    clientSecretHash: row.client_secret_hash ?? undefined,
    grantTypes: readList(row.grant_types),
    scopes: row.scopes === null ? undefined : readList(row.scopes),
    applicationType: row.application_type,
    clientUri: row.client_uri ?? undefined,
    createdAtEpochSeconds: row.created_at,
  };
}
