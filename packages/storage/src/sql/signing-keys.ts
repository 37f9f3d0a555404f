import type { SigningKeyStore, StoredSigningKey } from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { Kysely, Transaction } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { writeMarks } from './revocation-marks.js';
import type { Database, SigningKeyTable } from './schema.js';
import { takeTurn } from './turns.js';

/** {@link SigningKeyStore} on SQL. What is decided here hangs on all the keys of a tenant, so the acts take turns. */
export function createSigningKeyStore(access: SqlAccess): SigningKeyStore {
  return {
    async list(tenantId) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('signing_keys')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('signs_from')
          .orderBy('key_id')
          .execute(),
      );
      return rows.map((row) => ({
        tenantId: row.tenant_id,
        keyId: row.key_id,
        algorithm: row.algorithm,
        publicJwk: row.public_jwk,
        keyReference: row.key_reference,
        createdAtEpochSeconds: row.created_at,
        signsFromEpochSeconds: row.signs_from,
        verifiesUntilEpochSeconds: row.verifies_until ?? undefined,
      }));
    },

    addFirst(key, event) {
      return access.write(key.tenantId, async (trx) => {
        await takeTurn(trx, key.tenantId, 'signing_keys');
        if (await hasKeys(trx, key.tenantId)) return 'exists';
        await trx.insertInto('signing_keys').values(toRow(key)).execute();
        await writeEvent(trx, event);
        return 'added';
      });
    },

    rotate(key, predecessorKeyId, othersVerifyUntilEpochSeconds, event) {
      const { tenantId } = key;
      return access.write(tenantId, async (trx) => {
        await takeTurn(trx, tenantId, 'signing_keys');
        const withoutEnd = trx
          .updateTable('signing_keys')
          .set({ verifies_until: othersVerifyUntilEpochSeconds })
          .where('tenant_id', '=', tenantId)
          .where('verifies_until', 'is', null);
        const predecessor = await withoutEnd
          .where('key_id', '=', predecessorKeyId)
          .returning('key_id')
          .executeTakeFirst();
        if (predecessor === undefined) return 'superseded';
        await withoutEnd.execute();
        await trx.insertInto('signing_keys').values(toRow(key)).execute();
        await writeEvent(trx, event);
        return 'rotated';
      });
    },

    retire(tenantId, keyId, revocation, event) {
      const { now } = revocation;
      return access.write(tenantId, async (trx) => {
        await takeTurn(trx, tenantId, 'signing_keys');
        const key = await trx
          .selectFrom('signing_keys')
          .select('created_at')
          .where('tenant_id', '=', tenantId)
          .where('key_id', '=', keyId)
          .where((eb) => eb.or([eb('verifies_until', 'is', null), eb('verifies_until', '>', now)]))
          .executeTakeFirst();
        if (key === undefined) return 'unknown';
        if (!(await isReplaced(trx, tenantId, key.created_at, now))) return 'last';
        await trx
          .updateTable('signing_keys')
          .set({ verifies_until: now })
          .where('tenant_id', '=', tenantId)
          .where('key_id', '=', keyId)
          .execute();
        await writeMarks(trx, tenantId, [{ kind: 'key', value: keyId }], revocation);
        await writeEvent(trx, event);
        return 'retired';
      });
    },
  };
}

async function hasKeys(trx: Transaction<Database>, tenantId: TenantId): Promise<boolean> {
  const key = await trx
    .selectFrom('signing_keys')
    .select('key_id')
    .where('tenant_id', '=', tenantId)
    .limit(1)
    .executeTakeFirst();
  return key !== undefined;
}

/**
 * Whether a key that was made later could sign in its place. An older one does not count: where a process cannot open the
 * key that signs, it stands in for as long as it outlives its tokens, which is half a minute as a rule.
 */
async function isReplaced(
  db: Kysely<Database>,
  tenantId: TenantId,
  createdAt: EpochSeconds,
  now: EpochSeconds,
): Promise<boolean> {
  const later = await db
    .selectFrom('signing_keys')
    .select('key_id')
    .where('tenant_id', '=', tenantId)
    .where('created_at', '>', createdAt)
    .where('signs_from', '<=', now)
    .where((eb) => eb.or([eb('verifies_until', 'is', null), eb('verifies_until', '>', now)]))
    .limit(1)
    .executeTakeFirst();
  return later !== undefined;
}

function toRow(key: StoredSigningKey): SigningKeyTable {
  return {
    tenant_id: key.tenantId,
    key_id: key.keyId,
    algorithm: key.algorithm,
    public_jwk: key.publicJwk,
    key_reference: key.keyReference,
    created_at: key.createdAtEpochSeconds,
    signs_from: key.signsFromEpochSeconds,
    verifies_until: key.verifiesUntilEpochSeconds ?? null,
  };
}
