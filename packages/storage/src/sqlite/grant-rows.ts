import type { Grant, StoredRefreshToken } from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import { writeList } from './json-list.js';
import { writeMark } from './revocation-marks.js';
import type { Database } from './schema.js';

/** Stores a new grant. It is kept until the last access token that it can yield is dead. */
export async function insertGrant(
  trx: Transaction<Database>,
  grant: Grant,
  markLifetimeSeconds: number,
): Promise<void> {
  await trx
    .insertInto('grants')
    .values({
      tenant_id: grant.tenantId,
      grant_id: grant.grantId,
      subject: grant.subject,
      client_id: grant.clientId,
      resource: grant.resource,
      scopes: writeList(grant.scopes),
      authenticated_at: grant.authenticatedAtEpochSeconds,
      created_at: grant.createdAtEpochSeconds,
      expires_at: grant.expiresAtEpochSeconds,
      revoked_at: null,
      kept_until: grant.expiresAtEpochSeconds + markLifetimeSeconds,
    })
    .execute();
}

/** Stores a refresh token. */
export async function insertRefreshToken(
  trx: Transaction<Database>,
  tenantId: TenantId,
  refreshToken: StoredRefreshToken,
  predecessorHash: string | null = null,
): Promise<void> {
  await trx
    .insertInto('refresh_tokens')
    .values({
      tenant_id: tenantId,
      token_hash: refreshToken.tokenHash,
      grant_id: refreshToken.grantId,
      expires_at: refreshToken.expiresAtEpochSeconds,
      predecessor_hash: predecessorHash,
      rotated_at: null,
      sealed_successor: null,
    })
    .execute();
}

/** Revokes a grant and marks it. False, and nothing done, where it is unknown or was revoked before. */
export async function revokeGrant(
  trx: Transaction<Database>,
  tenantId: TenantId,
  grantId: string,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): Promise<boolean> {
  const revoked = await trx
    .updateTable('grants')
    .set({ revoked_at: now, kept_until: now + markLifetimeSeconds })
    .where('tenant_id', '=', tenantId)
    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .returning('grant_id')
    .executeTakeFirst();
  if (revoked === undefined) return false;
  await writeMark(trx, tenantId, 'grant', grantId, now, markLifetimeSeconds);
  return true;
}
