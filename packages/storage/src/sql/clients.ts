import type { Client, ClientStore } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Selectable } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { toClient, toClientRow } from './client-rows.js';
import { endGrants } from './endings.js';
import { noteClientUse } from './grant-rows.js';
import { writeMarks } from './revocation-marks.js';
import type { ClientTable } from './schema.js';
import { statement } from './statement.js';
import { writeOrUndo } from './undo.js';

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
        await trx.insertInto('clients').values(toClientRow(client)).execute();
        await writeEvent(trx, event);
      });
    },

    keepDocument(client, changed) {
      const { tenantId, clientId } = client;
      return access.write(tenantId, async (trx) => {
        for (;;) {
          const first = await trx
            .insertInto('clients')
            .values(toClientRow(client))
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
          const { created_at: _, used_at: __, ...described } = toClientRow(client);
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

    async findByRegistrationToken(tenantId, registrationTokenHash) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('clients')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('registration_token_hash', '=', registrationTokenHash)
          .executeTakeFirst(),
      );
      return row && toClient(row);
    },

    replaceRegistration(held, client, revocation, event) {
      const { tenantId, clientId } = client;
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const [row] = await FIND(trx, { tenantId, clientId });
        if (row === undefined || !isOwnRegistration(row, held)) return 'unknown';
        if (!saysTheSame(row, held)) return 'changed';
        // Its row goes last, as in `remove`.
        const ended = revocation && (await endGrants(trx, tenantId, { client_id: clientId }, revocation));
        const replaced = await trx
          .updateTable('clients')
          .set(describedBy(client))
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .where('registration_token_hash', '=', row.registration_token_hash)
          .where((eb) => eb.and(conditionsOf(describedBy(held)).map(([column, is, value]) => eb(column, is, value))))
          .returning('client_id')
          .executeTakeFirst();
        if (replaced === undefined) return undo('changed');
        if (revocation !== undefined && ended !== undefined) await writeMarks(trx, tenantId, ended.grants, revocation);
        await writeEvent(trx, event);
        return 'replaced';
      });
    },

    revokeRegistrationToken(tenantId, registrationTokenHash, event) {
      return access.write(tenantId, async (trx) => {
        const revoked = await trx
          .updateTable('clients')
          .set({ registration_token_hash: null })
          .where('tenant_id', '=', tenantId)
          .where('registration_token_hash', '=', registrationTokenHash)
          .returning('client_id')
          .executeTakeFirst();
        if (revoked === undefined) return 'unknown';
        await writeEvent(trx, event);
        return 'revoked';
      });
    },

    async noteUse(tenantId, clientId, now) {
      await access.write(tenantId, (trx) => noteClientUse(trx, tenantId, clientId, now));
    },

    remove(tenantId, clientId, revocation, event, registrationTokenHash) {
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const [held] = await FIND(trx, { tenantId, clientId });
        if (held === undefined) return 'unknown';
        const isOwn = registrationTokenHash === undefined || held.registration_token_hash === registrationTokenHash;
        if (!isOwn) return 'unknown';
        // Its row goes last: who redeems or rotates holds the code or the grant, and then notes the client's use.
        const ended = await endGrants(trx, tenantId, { client_id: clientId }, revocation);
        const removed = await trx
          .deleteFrom('clients')
          .where('tenant_id', '=', tenantId)
          .where('client_id', '=', clientId)
          .$if(registrationTokenHash !== undefined, (query) =>
            query.where('registration_token_hash', '=', registrationTokenHash ?? null),
          )
          .returning('client_id')
          .executeTakeFirst();
        if (removed === undefined) return undo('unknown');
        await writeMarks(trx, tenantId, [...ended.grants, { kind: 'client', value: clientId }], revocation);
        await writeEvent(trx, event);
        return 'removed';
      });
    },
  };
}

/** What a client that registered itself says of itself, and its secret. */
const DESCRIPTION = [
  'client_name',
  'redirect_uris',
  'token_endpoint_auth_method',
  'client_secret_hash',
  'jwks',
  'jwks_uri',
  'grant_types',
  'application_type',
  'client_uri',
  'requires_pushed_requests',
  'dpop_bound_access_tokens',
] as const;
type Description = Pick<ClientTable, (typeof DESCRIPTION)[number]>;

function describedBy(client: Client): Description {
  const row = toClientRow(client);
  return Object.fromEntries(DESCRIPTION.map((column) => [column, row[column]])) as Description;
}

function isOwnRegistration(row: Selectable<ClientTable>, { registrationTokenHash }: Client): boolean {
  return (
    row.source === 'dynamic' &&
    registrationTokenHash !== undefined &&
    row.registration_token_hash === registrationTokenHash
  );
}

function saysTheSame(row: Selectable<ClientTable>, held: Client): boolean {
  const described = describedBy(held);
  return DESCRIPTION.every((column) => row[column] === described[column]);
}

/** For a statement: nothing equals NULL, which is asked for by another word. */
function conditionsOf(description: Description) {
  return DESCRIPTION.map((column) => {
    const value = description[column];
    return [column, value === null ? 'is' : '=', value] as const;
  });
}
