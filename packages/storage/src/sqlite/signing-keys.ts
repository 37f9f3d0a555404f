import type { SigningKeyStore } from '@portcullis/ports';
import { type SqliteAccess, writeEvent } from './access.js';

/** {@link SigningKeyStore} on SQLite. */
export function createSigningKeyStore(access: SqliteAccess): SigningKeyStore {
  return {
    async list(tenantId) {
      const rows = await access.read((db) =>
        db
          .selectFrom('signing_keys')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('created_at')
          .orderBy('key_id')
          .execute(),
      );
      return rows.map((row) => ({
        tenantId: row.tenant_id,
        keyId: row.key_id,
        algorithm: row.algorithm,
        publicJwk: row.public_jwk,
        sealedPrivateJwk: row.sealed_private_jwk,
        createdAtEpochSeconds: row.created_at,
      }));
    },
    addFirst(key, event) {
      return access.write(async (trx) => {
        // The transaction holds the write lock: nobody can add a key between this look and the insert.
        const existing = await trx
          .selectFrom('signing_keys')
          .select('key_id')
          .where('tenant_id', '=', key.tenantId)
          .limit(1)
          .executeTakeFirst();
        if (existing !== undefined) return 'exists';
        await trx
          .insertInto('signing_keys')
          .values({
            tenant_id: key.tenantId,
            key_id: key.keyId,
            algorithm: key.algorithm,
            public_jwk: key.publicJwk,
            sealed_private_jwk: key.sealedPrivateJwk,
            created_at: key.createdAtEpochSeconds,
          })
          .execute();
        await writeEvent(trx, event);
        return 'added';
      });
    },
  };
}
