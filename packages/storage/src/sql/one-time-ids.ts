import type { OneTimeIdKind, OneTimeIdStore } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';

/** {@link OneTimeIdStore} on SQL. */
export function createOneTimeIdStore(access: SqlAccess): OneTimeIdStore {
  return {
    use(tenantId, kind, idHash, expiresAtEpochSeconds, now) {
      const id = { tenantId, kind, idHash, expiresAtEpochSeconds, now };
      return access.write(tenantId, (trx) => useOneTimeId(trx, id));
    },

    async isUsed(tenantId, kind, idHash, now) {
      const id = await access.read(tenantId, (db) =>
        db
          .selectFrom('one_time_ids')
          .select('id_hash')
          .where('tenant_id', '=', tenantId)
          .where('kind', '=', kind)
          .where('id_hash', '=', idHash)
          .where('expires_at', '>', now)
          .executeTakeFirst(),
      );
      return id !== undefined;
    },
  };
}

/** An id, until when it is held, and the time it is used at. */
export interface OneTimeIdUse {
  readonly tenantId: TenantId;
  readonly kind: OneTimeIdKind;
  readonly idHash: Sha256;
  readonly expiresAtEpochSeconds: EpochSeconds;
  readonly now: EpochSeconds;
}

/** The one statement that decides who uses an id up. */
export async function useOneTimeId(trx: Transaction<Database>, id: OneTimeIdUse): Promise<boolean> {
  const used = await USE(trx, id);
  return used.length > 0;
}

const USE = statement((db, { tenantId, kind, idHash, expiresAtEpochSeconds, now }: OneTimeIdUse) =>
  db
    .insertInto('one_time_ids')
    .values({ tenant_id: tenantId, kind, id_hash: idHash, expires_at: expiresAtEpochSeconds })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'kind', 'id_hash'])
        .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') }))
        .where('one_time_ids.expires_at', '<=', now),
    )
    .returning('id_hash'),
);
