import type { Rotation, RotationEvents, RotationRequest } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { NotNull, Transaction } from 'kysely';
import { writeEvent } from './access.js';
import { insertRefreshToken, noteClientUse, revokeGrant } from './grant-rows.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';

/** One refresh token, at a time. */
interface TokenAt {
  readonly tenantId: TenantId;
  readonly tokenHash: Sha256;
  readonly now: EpochSeconds;
}

/**
 * `GrantStore.rotate`, in a transaction of its own. It takes the grant's row first, so all that happens to one grant
 * (its rotations, its revocation) happens one after the other, and a revoked one never gets a successor.
 */
export async function rotate(
  trx: Transaction<Database>,
  tenantId: TenantId,
  request: RotationRequest,
  now: EpochSeconds,
  events: RotationEvents,
): Promise<Rotation> {
  const grant = await takeLiveGrant(trx, tenantId, request.tokenHash, now);
  if (grant !== undefined) {
    if (request.successor.grantId !== grant.grant_id) throw new Error('The successor belongs to another grant');
    const claimed = await claim(trx, tenantId, request, grant.expires_at, now);
    if (claimed !== undefined) {
      await insertRefreshToken(trx, tenantId, request.successor, request.tokenHash);
      const { predecessor_hash: predecessorHash } = claimed;
      if (predecessorHash !== null) await END_GRACE(trx, { tenantId, predecessorHash });
      await noteClientUse(trx, tenantId, grant.client_id, now);
      await writeEvent(trx, events.rotated);
      return { outcome: 'rotated' };
    }
  }

  const token = await findRotated(trx, tenantId, request.tokenHash, now);
  // Never rotated, and not to be: unknown, expired, or its grant has ended.
  if (token === undefined) return { outcome: 'refused' };
  // Either way: where the clock was ahead when it was rotated, the grace does not last until that time comes.
  const inGrace = Math.abs(now - token.rotated_at) < request.graceSeconds;
  if (inGrace && token.successor_salt !== null) {
    if (grant === undefined) return { outcome: 'refused' };
    await writeEvent(trx, events.repeated);
    return { outcome: 'repeated', successorSalt: token.successor_salt };
  }
  await revokeGrant(trx, tenantId, token.grant_id, { now, markLifetimeSeconds: request.markLifetimeSeconds });
  await writeEvent(trx, events.reused);
  return { outcome: 'reused' };
}

/** Holds the grant of a refresh token for this transaction, and notes its use. Which grant a token is of never changes, and
 * its end becomes a later one at most, when it is rotated, so both may be looked up on the way. */
async function takeLiveGrant(
  trx: Transaction<Database>,
  tenantId: TenantId,
  tokenHash: Sha256,
  now: EpochSeconds,
): Promise<{ grant_id: string; client_id: string; expires_at: EpochSeconds } | undefined> {
  const [grant] = await TAKE_LIVE_GRANT(trx, { tenantId, tokenHash, now });
  return grant;
}

const TAKE_LIVE_GRANT = statement((db, { tenantId, tokenHash, now }: TokenAt) =>
  db
    .updateTable('grants')
    .set({ last_used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('grant_id', '=', (eb) =>
      eb
        .selectFrom('refresh_tokens')
        .select('refresh_tokens.grant_id')
        .where('refresh_tokens.tenant_id', '=', tenantId)
        .where('refresh_tokens.token_hash', '=', tokenHash)
        .where('refresh_tokens.expires_at', '>', now),
    )
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['grant_id', 'client_id', 'expires_at']),
);

/**
 * The one statement that decides who rotates. From then on the token ends with its grant: whoever presents it again is found
 * out for as long as there is something to revoke, and the sweep, which goes by the end, keeps it until then.
 */
async function claim(
  trx: Transaction<Database>,
  tenantId: TenantId,
  { tokenHash, successorSalt }: RotationRequest,
  grantEndsAt: EpochSeconds,
  now: EpochSeconds,
): Promise<{ predecessor_hash: Sha256 | null } | undefined> {
  const [claimed] = await CLAIM(trx, { tenantId, tokenHash, successorSalt, grantEndsAt, now });
  return claimed;
}

/** One refresh token, what is noted of its successor, and the end of its grant. */
interface TokenToClaim extends TokenAt {
  readonly successorSalt: string;
  readonly grantEndsAt: EpochSeconds;
}

const CLAIM = statement((db, { tenantId, tokenHash, successorSalt, grantEndsAt, now }: TokenToClaim) =>
  db
    .updateTable('refresh_tokens')
    .set({ rotated_at: now, successor_salt: successorSalt, expires_at: grantEndsAt })
    .where('tenant_id', '=', tenantId)
    .where('token_hash', '=', tokenHash)
    .where('rotated_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('predecessor_hash'),
);

/** The successor is being used: whoever still holds its predecessor is not the one who received it. */
const END_GRACE = statement((db, { tenantId, predecessorHash }: { tenantId: TenantId; predecessorHash: Sha256 }) =>
  db
    .updateTable('refresh_tokens')
    .set({ successor_salt: null })
    .where('tenant_id', '=', tenantId)
    .where('token_hash', '=', predecessorHash),
);

/** A rotated token of a grant that has not come to its end. Its own end is not asked for: one that was rotated before the
 * end became that of the grant has its idle end still. */
function findRotated(trx: Transaction<Database>, tenantId: TenantId, tokenHash: Sha256, now: EpochSeconds) {
  return trx
    .selectFrom('refresh_tokens')
    .innerJoin('grants', (join) =>
      join
        .onRef('grants.tenant_id', '=', 'refresh_tokens.tenant_id')
        .onRef('grants.grant_id', '=', 'refresh_tokens.grant_id'),
    )
    .select(['refresh_tokens.grant_id', 'refresh_tokens.rotated_at', 'refresh_tokens.successor_salt'])
    .where('refresh_tokens.tenant_id', '=', tenantId)
    .where('refresh_tokens.token_hash', '=', tokenHash)
    .where('refresh_tokens.rotated_at', 'is not', null)
    .where('grants.expires_at', '>', now)
    .$narrowType<{ rotated_at: NotNull }>()
    .executeTakeFirst();
}
