import type { TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { Database } from './schema.js';

/** What goes one at a time within a tenant, though no row of its own says so. */
export type TurnName = 'client_approvals' | 'revocation_marks' | 'signing_keys';

/**
 * Waits until no other transaction of the tenant is at `name`, and holds back the next one until this one ends. What it
 * answers rises with every turn: so whoever takes more turns than one (`count`) has that many numbers, this last, and
 * the order of the numbers is the order of the commits. A turn that was rolled back leaves no gap.
 *
 * It is a row lock, the same on every database. Marks are numbered last of all that an act does, so that revocations
 * hold each other up for a moment only, and nobody who has that turn waits for a row.
 */
export async function takeTurn(
  trx: Transaction<Database>,
  tenantId: TenantId,
  name: TurnName,
  count = 1,
): Promise<number> {
  const { turn } = await trx
    .insertInto('turns')
    .values({ tenant_id: tenantId, name, turn: count })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'name'])
        .doUpdateSet((eb) => ({ turn: eb('turns.turn', '+', eb.ref('excluded.turn')) })),
    )
    .returning('turn')
    .executeTakeFirstOrThrow();
  return turn;
}
