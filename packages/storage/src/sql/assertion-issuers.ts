import type { AssertionIssuerStore } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { type SqlAccess, writeEvent } from './access.js';
import { writeMarks } from './revocation-marks.js';
import { statement } from './statement.js';

const FIND_DISABLED = statement((db, { tenantId, issuer }: { tenantId: TenantId; issuer: string }) =>
  db
    .selectFrom('disabled_assertion_issuers')
    .select('issuer')
    .where('tenant_id', '=', tenantId)
    .where('issuer', '=', issuer),
);

/** {@link AssertionIssuerStore} on SQL. */
export function createAssertionIssuerStore(access: SqlAccess): AssertionIssuerStore {
  return {
    async isDisabled(tenantId, issuer) {
      const found = await access.read(tenantId, (db) => FIND_DISABLED(db, { tenantId, issuer }));
      return found.length > 0;
    },

    async listDisabled(tenantId) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('disabled_assertion_issuers')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('issuer')
          .execute(),
      );
      return rows.map((row) => ({
        tenantId: row.tenant_id,
        issuer: row.issuer,
        disabledAtEpochSeconds: row.disabled_at,
      }));
    },

    disable(tenantId, issuer, subjects, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const disabled = await trx
          .insertInto('disabled_assertion_issuers')
          .values({ tenant_id: tenantId, issuer, disabled_at: revocation.now })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'issuer']).doNothing())
          .returning('issuer')
          .executeTakeFirst();
        if (disabled === undefined && subjects.length === 0) return 'unchanged';
        await writeEvent(trx, event);
        const marked = subjects.map((value) => ({ kind: 'subject', value }) as const);
        await writeMarks(trx, tenantId, marked, revocation);
        return disabled === undefined ? 'access_ended' : 'disabled';
      });
    },

    enable(tenantId, issuer, event) {
      return access.write(tenantId, async (trx) => {
        const enabled = await trx
          .deleteFrom('disabled_assertion_issuers')
          .where('tenant_id', '=', tenantId)
          .where('issuer', '=', issuer)
          .returning('issuer')
          .executeTakeFirst();
        if (enabled === undefined) return 'unchanged';
        await writeEvent(trx, event);
        return 'enabled';
      });
    },
  };
}
