import type { RevocationKind, RevocationMarkStore } from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { SqliteAccess } from './access.js';
import type { Database } from './schema.js';

/** {@link RevocationMarkStore} on SQLite. */
export function createRevocationMarkStore(access: SqliteAccess): RevocationMarkStore {
  return {
    async after(sequence, now) {
      const rows = await access.read((db) =>
        db
          .selectFrom('revocation_marks')
          .selectAll()
          .where('sequence', '>', sequence)
          .where('expires_at', '>', now)
          .orderBy('sequence')
          .execute(),
      );
      return rows.map((row) => ({
        sequence: row.sequence,
        tenantId: row.tenant_id,
        kind: row.kind,
        value: row.value,
        notBeforeEpochSeconds: row.not_before,
        expiresAtEpochSeconds: row.expires_at,
      }));
    },
  };
}

/**
 * Writes a mark in the transaction of the act that revokes. Both its times are the end of its life: it is meant for
 * every access token of `value`, also one that is signed at this moment by another process.
 */
export async function writeMark(
  trx: Transaction<Database>,
  tenantId: TenantId,
  kind: RevocationKind,
  value: string,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): Promise<void> {
  const end = now + markLifetimeSeconds;
  await trx
    .insertInto('revocation_marks')
    .values({ tenant_id: tenantId, kind, value, not_before: end, expires_at: end })
    .execute();
}
