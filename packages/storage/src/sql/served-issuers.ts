import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { SqlAccess } from './access.js';

/** `Storage.noteIssuer` on SQL. */
export function noteIssuer(
  access: SqlAccess,
  tenantId: TenantId,
  issuer: string,
  now: EpochSeconds,
): Promise<string | undefined> {
  return access.write(tenantId, async (trx) => {
    // Whoever has touched the row has it to itself until the end, and knows what it held before.
    const { issuer: before } = await trx
      .insertInto('served_issuers')
      .values({ tenant_id: tenantId, issuer, noted_at: now })
      .onConflict((conflict) =>
        conflict.column('tenant_id').doUpdateSet((eb) => ({ noted_at: eb.ref('excluded.noted_at') })),
      )
      .returning('issuer')
      .executeTakeFirstOrThrow();
    if (before === issuer) return undefined;
    await trx.updateTable('served_issuers').set({ issuer }).where('tenant_id', '=', tenantId).execute();
    return before;
  });
}
