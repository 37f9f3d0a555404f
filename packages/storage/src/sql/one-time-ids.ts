import type { OneTimeIdStore } from '@portcullis/ports';
import type { SqlAccess } from './access.js';

/** {@link OneTimeIdStore} on SQL. */
export function createOneTimeIdStore(access: SqlAccess): OneTimeIdStore {
  return {
    async use(tenantId, kind, idHash, expiresAtEpochSeconds, now) {
      const used = await access.write(tenantId, (trx) =>
        trx
          .insertInto('one_time_ids')
          .values({ tenant_id: tenantId, kind, id_hash: idHash, expires_at: expiresAtEpochSeconds })
          .onConflict((conflict) =>
            conflict
              .columns(['tenant_id', 'kind', 'id_hash'])
              .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') }))
              .where('one_time_ids.expires_at', '<=', now),
          )
          .returning('id_hash')
          .executeTakeFirst(),
      );
      return used !== undefined;
    },
  };
}
