import type { Revocable, Revocation } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { Database } from './schema.js';

/** Whose grants end: everything that has all of these values. */
export interface Ending {
  readonly subject?: string;
  readonly client_id?: string;
  readonly resource?: string;
}

/** What {@link endGrants} found. */
export interface Ended {
  readonly anything: boolean;
  /** Of each grant that ended: to be marked by the caller, after all else that it does. */
  readonly grants: readonly Revocable[];
}

/**
 * Ends open transactions, codes, device codes, consents and grants.
 *
 * The order is that in which a sign-in makes them, and each is a statement of its own: who is just issuing a code or
 * approving a device holds the transaction, who is just redeeming holds the code or the device code, and who is using an
 * assertion by a consent holds that. Each is waited for there, so that the next statement sees what they made, and nobody
 * slips through between two. A device code is of a user from its approval on, which the transaction makes.
 */
export async function endGrants(
  trx: Transaction<Database>,
  tenantId: TenantId,
  ending: Ending,
  revocation: Revocation,
): Promise<Ended> {
  const transactions = await trx
    .deleteFrom('authorization_transactions')
    .where('tenant_id', '=', tenantId)
    .where('status', '=', 'open')
    .where((eb) => eb.and({ ...ending }))
    .executeTakeFirst();
  const codes = await trx
    .deleteFrom('authorization_codes')
    .where('tenant_id', '=', tenantId)
    .where((eb) => eb.and({ ...ending }))
    .executeTakeFirst();
  const deviceCodes = await trx
    .deleteFrom('device_codes')
    .where('tenant_id', '=', tenantId)
    .where((eb) => eb.and({ ...ending }))
    .executeTakeFirst();
  const consents = await trx
    .deleteFrom('consents')
    .where('tenant_id', '=', tenantId)
    .where((eb) => eb.and({ ...ending }))
    .executeTakeFirst();
  const grants = await trx
    .updateTable('grants')
    .set({ revoked_at: revocation.now, kept_until: revocation.now + revocation.markLifetimeSeconds })
    .where('tenant_id', '=', tenantId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.and({ ...ending }))
    .returning('grant_id')
    .execute();
  const deleted =
    transactions.numDeletedRows + codes.numDeletedRows + deviceCodes.numDeletedRows + consents.numDeletedRows;
  return {
    anything: deleted > 0n || grants.length > 0,
    grants: grants.map(({ grant_id: value }) => ({ kind: 'grant', value })),
  };
}
