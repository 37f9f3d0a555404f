import {
  CLIENT_USE_NOTED_SECONDS,
  type FoundGrant,
  type Grant,
  type Revocation,
  type StoredRefreshToken,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { Selectable, Transaction } from 'kysely';
import { readList, writeList } from './json-list.js';
import { writeMarks } from './revocation-marks.js';
import type { Database, GrantTable } from './schema.js';

/** Stores a new grant. It is kept until the last access token that it can yield is dead. */
export async function insertGrant(
  trx: Transaction<Database>,
  grant: Grant,
  now: EpochSeconds,
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
      client_auth_method: grant.clientAuthMethod,
      authenticated_at: grant.authenticatedAtEpochSeconds,
      created_at: grant.createdAtEpochSeconds,
      expires_at: grant.expiresAtEpochSeconds,
      last_used_at: now,
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
      successor_salt: null,
    })
    .execute();
}

/** Revokes a grant and marks it. False, and nothing done, where it is unknown or was revoked before. */
export async function revokeGrant(
  trx: Transaction<Database>,
  tenantId: TenantId,
  grantId: string,
  revocation: Revocation,
): Promise<boolean> {
  const revoked = await trx
    .updateTable('grants')
    .set({ revoked_at: revocation.now, kept_until: revocation.now + revocation.markLifetimeSeconds })
    .where('tenant_id', '=', tenantId)
    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .returning('grant_id')
    .executeTakeFirst();
  if (revoked === undefined) return false;
  await writeMarks(trx, tenantId, [{ kind: 'grant', value: grantId }], revocation);
  return true;
}

/** Notes that a client has a use, to the minute, where it is a stored one: a client of thousands of users would otherwise
 * have them all wait for its one row. */
export async function noteClientUse(
  trx: Transaction<Database>,
  tenantId: TenantId,
  clientId: string,
  now: EpochSeconds,
): Promise<void> {
  await trx
    .updateTable('clients')
    .set({ used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('client_id', '=', clientId)
    .where((eb) => eb.or([eb('used_at', 'is', null), eb('used_at', '<=', now - CLIENT_USE_NOTED_SECONDS)]))
    .execute();
}

/** A grant as its row tells of it. */
export function toGrant(row: Selectable<GrantTable>): Grant {
  return {
    tenantId: row.tenant_id,
    grantId: row.grant_id,
    subject: row.subject,
    clientId: row.client_id,
    resource: row.resource,
    scopes: readList(row.scopes),
    clientAuthMethod: row.client_auth_method,
    authenticatedAtEpochSeconds: row.authenticated_at,
    createdAtEpochSeconds: row.created_at,
    expiresAtEpochSeconds: row.expires_at,
  };
}

/** A grant as its row tells of it, with what became of it. */
export function toFoundGrant(row: Selectable<GrantTable>): FoundGrant {
  return { grant: toGrant(row), revoked: row.revoked_at !== null, lastUsedAtEpochSeconds: row.last_used_at };
}
