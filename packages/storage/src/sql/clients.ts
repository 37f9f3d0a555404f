import type { Client, ClientDocument, ClientStore, FoundClient } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Selectable } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { endGrants } from './endings.js';
import { noteClientUse } from './grant-rows.js';
import { readList, writeList } from './json-list.js';
import { writeMarks } from './revocation-marks.js';
import type { ClientTable } from './schema.js';
import { statement } from './statement.js';

const FIND = statement((db, { tenantId, clientId }: { tenantId: TenantId; clientId: string }) =>
  db.selectFrom('clients').selectAll().where('tenant_id', '=', tenantId).where('client_id', '=', clientId),
);

/** {@link ClientStore} on SQL. */
export function createClientStore(access: SqlAccess): ClientStore {
  return {
    async find(tenantId, clientId) {
      const [row] = await access.read(tenantId, (db) => FIND(db, { tenantId, clientId }));
      return row && toClient(row);
    },

    async list(tenantId, limit, after) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('clients')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .$if(after !== undefined, (query) => query.where('client_id', '>', after ?? ''))
          .orderBy('client_id')
          .limit(limit)
          .execute(),
      );
      return rows.map(toClient);
    },

    async register(client, event) {
      await access.write(client.tenantId, async (trx) => {
        await trx.insertInto('clients').values(toRow(client)).execute();
        await writeEvent(trx, event);
      });
    },

    keepDocument(client, changed) {
      const { tenantId, clientId } = client;
      return access.write(tenantId, async (trx) => {
        for (;;) {
          const first = await trx
            .insertInto('clients')
            .values(toRow(client))
            .onConflict((conflict) => conflict.columns(['tenant_id', 'client_id']).doNothing())
            .returning('client_id')
            .executeTakeFirst();
          if (first !== undefined) return 'first';
          const held = await trx
            .selectFrom('clients')
            .select(['source', 'document_fingerprint'])
            .where('tenant_id', '=', tenantId)
            .where('client_id', '=', clientId)
            .forUpdate()
            .executeTakeFirst();
          // Removed between the two statements: it is a first one after all.
          if (held === undefined) continue;
          if (held.source !== 'metadata_document') throw new Error('The id belongs to a client without a document');
          const { created_at: _, used_at: __, ...described } = toRow(client);
          await trx
            .updateTable('clients')
            .set(described)
            .where('tenant_id', '=', tenantId)
            .where('client_id', '=', clientId)
            .execute();
          if (held.document_fingerprint === described.document_fingerprint) return 'unchanged';
          await writeEvent(trx, changed);
          return 'changed';
        }
      });
    },

    replaceSecret(tenantId, clientId, clientSecretHash, event) {
      return access.write(tenantId, async (trx) => {
        const replaced = await trx
          .updateTable('clients')
          .set({ client_secret_hash: clientSecretHash })
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .where('client_secret_hash', 'is not', null)
          .returning('client_id')
          .executeTakeFirst();
        if (replaced === undefined) return 'unknown';
        await writeEvent(trx, event);
        return 'replaced';
      });
    },

    async noteUse(tenantId, clientId, now) {
      await access.write(tenantId, (trx) => noteClientUse(trx, tenantId, clientId, now));
    },

    remove(tenantId, clientId, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const held = await trx
          .selectFrom('clients')
          .select('client_id')
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .executeTakeFirst();
        if (held === undefined) return 'unknown';
        // Its row goes last: who redeems or rotates holds the code or the grant, and then notes the client's use.
        const ended = await endGrants(trx, tenantId, { client_id: clientId }, revocation);
        const removed = await trx
          .deleteFrom('clients')
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .returning('client_id')
          .executeTakeFirst();
        if (removed === undefined) return 'unknown';
        await writeMarks(trx, tenantId, [...ended.grants, { kind: 'client', value: clientId }], revocation);
        await writeEvent(trx, event);
        return 'removed';
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
    jwks: client.jwks ?? null,
    jwks_uri: client.jwksUri ?? null,
    grant_types: writeList(client.grantTypes),
    scopes: client.scopes === undefined ? null : writeList(client.scopes),
    application_type: client.applicationType,
    client_uri: client.clientUri ?? null,
    created_at: client.createdAtEpochSeconds,
    used_at: null,
    document_fingerprint: client.document?.fingerprint ?? null,
    document_fetched_at: client.document?.fetchedAtEpochSeconds ?? null,
    document_fresh_until: client.document?.freshUntilEpochSeconds ?? null,
    document_entity_tag: client.document?.entityTag ?? null,
  };
}

function toClient(row: Selectable<ClientTable>): FoundClient {
  return {
    tenantId: row.tenant_id,
    clientId: row.client_id,
    source: row.source,
    clientName: row.client_name,
    redirectUris: readList(row.redirect_uris),
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    clientSecretHash: row.client_secret_hash ?? undefined,
    jwks: row.jwks ?? undefined,
    jwksUri: row.jwks_uri ?? undefined,
    grantTypes: readList(row.grant_types),
    scopes: row.scopes === null ? undefined : readList(row.scopes),
    applicationType: row.application_type,
    clientUri: row.client_uri ?? undefined,
    createdAtEpochSeconds: row.created_at,
    document: toDocument(row),
    lastUsedAtEpochSeconds: row.used_at ?? undefined,
  };
}

function toDocument(row: Selectable<ClientTable>): ClientDocument | undefined {
  const { document_fingerprint: fingerprint, document_fetched_at: fetchedAt, document_fresh_until: freshUntil } = row;
  if (fingerprint === null || fetchedAt === null || freshUntil === null) return undefined;
  return {
    fingerprint,
    fetchedAtEpochSeconds: fetchedAt,
    freshUntilEpochSeconds: freshUntil,
    entityTag: row.document_entity_tag ?? undefined,
  };
}
