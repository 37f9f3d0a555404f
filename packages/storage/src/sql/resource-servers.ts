import type { ResourceDefinition, ResourceServer, ResourceServerStore } from '@portcullis/ports';
import { keyOfResource } from '@portcullis/protocol';
import type { Selectable } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { endGrants } from './endings.js';
import { writeMarks } from './revocation-marks.js';
import type { ResourceServerTable } from './schema.js';

/** {@link ResourceServerStore} on SQL. */
export function createResourceServerStore(access: SqlAccess): ResourceServerStore {
  return {
    async find(tenantId, resourceServerId) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('resource_servers')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('resource_server_id', '=', resourceServerId)
          .executeTakeFirst(),
      );
      return row && toResourceServer(row);
    },
    async findByResource(tenantId, identifier) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('resource_servers')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('resource', '=', keyOfResource(identifier))
          .executeTakeFirst(),
      );
      return row && toResourceServer(row);
    },
    async list(tenantId) {
      const rows = await access.read(tenantId, (db) =>
        db.selectFrom('resource_servers').selectAll().where('tenant_id', '=', tenantId).orderBy('resource').execute(),
      );
      return rows.map(toResourceServer);
    },
    add(resourceServer, event) {
      return access.write(resourceServer.tenantId, async (trx) => {
        const added = await trx
          .insertInto('resource_servers')
          .values(toRow(resourceServer))
          .onConflict((conflict) => conflict.columns(['tenant_id', 'resource']).doNothing())
          .returning('resource')
          .executeTakeFirst();
        if (added === undefined) return 'exists';
        await writeEvent(trx, event);
        return 'added';
      });
    },
    replaceSecret(tenantId, identifier, secretHash, event) {
      return access.write(tenantId, async (trx) => {
        const replaced = await trx
          .updateTable('resource_servers')
          .set({ secret_hash: secretHash })
          .where('tenant_id', '=', tenantId)
          .where('resource', '=', keyOfResource(identifier))
          .returning('resource')
          .executeTakeFirst();
        if (replaced === undefined) return 'unknown';
        await writeEvent(trx, event);
        return 'replaced';
      });
    },
    remove(tenantId, identifier, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const removed = await trx
          .deleteFrom('resource_servers')
          .where('tenant_id', '=', tenantId)
          .where('resource', '=', keyOfResource(identifier))
          .returning('definition')
          .executeTakeFirst();
        if (removed === undefined) return 'unknown';
        if (revocation !== undefined) {
          const { identifier: asRegistered } = toDefinition(removed.definition);
          const ended = await endGrants(trx, tenantId, { resource: asRegistered }, revocation);
          await writeMarks(trx, tenantId, ended.grants, revocation);
        }
        await writeEvent(trx, event);
        return 'removed';
      });
    },
  };
}

function toRow({ resource, ...server }: ResourceServer): ResourceServerTable {
  return {
    tenant_id: server.tenantId,
    resource: keyOfResource(resource.identifier),
    resource_server_id: server.resourceServerId,
    secret_hash: server.secretHash,
    definition: JSON.stringify(resource),
    created_at: server.createdAtEpochSeconds,
  };
}

function toResourceServer(row: Selectable<ResourceServerTable>): ResourceServer {
  return {
    tenantId: row.tenant_id,
    resourceServerId: row.resource_server_id,
    secretHash: row.secret_hash,
    resource: toDefinition(row.definition),
    createdAtEpochSeconds: row.created_at,
  };
}

/** Written by `toRow` alone; the schema's version changes where the form of a definition does. */
function toDefinition(text: string): ResourceDefinition {
  return JSON.parse(text) as ResourceDefinition;
}
