import type { Rotation, RotationEvents, RotationRequest } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import { writeEvent } from './access.js';
import { insertRefreshToken, revokeGrant } from './grant-rows.js';
import type { Database } from './schema.js';

/** `GrantStore.rotate`, in a transaction that holds the write lock. */
export async function rotate(
  trx: Transaction<Database>,
  tenantId: TenantId,
  request: RotationRequest,
  now: EpochSeconds,
  events: RotationEvents,
): Promise<Rotation> {
  const token = await findLive(trx, tenantId, request.tokenHash, now);
  if (token === undefined) return { outcome: 'refused' };
  if (request.successor.grantId !== token.grant_id) throw new Error('The successor belongs to another grant');
  const revoked = token.revoked_at !== null;

  if (!revoked && (await claim(trx, tenantId, request, now))) {
    await insertRefreshToken(trx, tenantId, request.successor, request.tokenHash);
    if (token.predecessor_hash !== null) await endGrace(trx, tenantId, token.predecessor_hash);
    await writeEvent(trx, events.rotated);
    return { outcome: 'rotated' };
  }
  // Not claimed and never rotated: its grant was revoked.
  if (token.rotated_at === null) return { outcome: 'refused' };

  const inGrace = request.graceSeconds > 0 && now < token.rotated_at + request.graceSeconds;
  if (inGrace && token.sealed_successor !== null) {
    if (revoked) return { outcome: 'refused' };
    await writeEvent(trx, events.repeated);
    return { outcome: 'repeated', sealedSuccessor: token.sealed_successor };
  }
  await revokeGrant(trx, tenantId, token.grant_id, now, request.markLifetimeSeconds);
  await writeEvent(trx, events.reused);
  return { outcome: 'reused' };
}

/** The one statement that decides who rotates. */
async function claim(
  trx: Transaction<Database>,
  tenantId: TenantId,
  request: RotationRequest,
  now: EpochSeconds,
): Promise<boolean> {
  const claimed = await trx
    .updateTable('refresh_tokens')
    .set({ rotated_at: now, sealed_successor: request.sealedSuccessor })
    .where('tenant_id', '=', tenantId)
    .where('token_hash', '=', request.tokenHash)
    .where('rotated_at', 'is', null)
    .returning('token_hash')
    .executeTakeFirst();
  return claimed !== undefined;
}

/** The successor is being used: whoever still holds its predecessor is not the one who received it. */
async function endGrace(trx: Transaction<Database>, tenantId: TenantId, predecessorHash: Sha256): Promise<void> {
  await trx
    .updateTable('refresh_tokens')
    .set({ sealed_successor: null })
    .where('tenant_id', '=', tenantId)
    .where('token_hash', '=', predecessorHash)
    .execute();
}

function findLive(trx: Transaction<Database>, tenantId: TenantId, tokenHash: Sha256, now: EpochSeconds) {
  return trx
    .selectFrom('refresh_tokens')
    .innerJoin('grants', (join) =>
      join
        .onRef('grants.tenant_id', '=', 'refresh_tokens.tenant_id')
        .onRef('grants.grant_id', '=', 'refresh_tokens.grant_id'),
    )
    .select([
      'refresh_tokens.grant_id',
      'refresh_tokens.predecessor_hash',
      'refresh_tokens.rotated_at',
      'refresh_tokens.sealed_successor',
      'grants.revoked_at',
    ])
    .where('refresh_tokens.tenant_id', '=', tenantId)
    .where('refresh_tokens.token_hash', '=', tokenHash)
    .where('refresh_tokens.expires_at', '>', now)
    .where('grants.expires_at', '>', now)
    .executeTakeFirst();
}
