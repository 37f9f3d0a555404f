import {
  CLIENT_USE_NOTED_SECONDS,
  type FoundGrant,
  type Grant,
  type Revocation,
  type StoredRefreshToken,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { Selectable, Transaction } from 'kysely';
import type { JsonList } from './column-types.js';
import { readList, writeList } from './json-list.js';
import { writeMarks } from './revocation-marks.js';
import type { Database, GrantTable } from './schema.js';
import { statement } from './statement.js';

/** Stores a new grant. It is kept until the last access token that it can yield is dead. */
export async function insertGrant(
  trx: Transaction<Database>,
  grant: Grant,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): Promise<void> {
  const keptUntilEpochSeconds = grant.expiresAtEpochSeconds + markLifetimeSeconds;
  const { dpopKeyThumbprint = null, registrationFingerprint = null } = grant;
  const scopes = writeList(grant.scopes);
  await INSERT_GRANT(trx, {
    ...grant,
    scopes,
    dpopKeyThumbprint,
    registrationFingerprint,
    now,
    keptUntilEpochSeconds,
  });
}

type GrantValues = Omit<Grant, 'scopes' | 'dpopKeyThumbprint' | 'registrationFingerprint'> & {
  scopes: JsonList;
  dpopKeyThumbprint: string | null;
  registrationFingerprint: string | null;
  now: EpochSeconds;
  keptUntilEpochSeconds: number;
};

const INSERT_GRANT = statement((db, grant: GrantValues) =>
  db.insertInto('grants').values({
    tenant_id: grant.tenantId,
    grant_id: grant.grantId,
    subject: grant.subject,
    client_id: grant.clientId,
    resource: grant.resource,
    scopes: grant.scopes,
    client_auth_method: grant.clientAuthMethod,
    authenticated_at: grant.authenticatedAtEpochSeconds,
    dpop_key_thumbprint: grant.dpopKeyThumbprint,
    registration_fingerprint: grant.registrationFingerprint,
    created_at: grant.createdAtEpochSeconds,
    expires_at: grant.expiresAtEpochSeconds,
    last_used_at: grant.now,
    revoked_at: null,
    kept_until: grant.keptUntilEpochSeconds,
  }),
);

/** Stores a refresh token. */
export async function insertRefreshToken(
  trx: Transaction<Database>,
  tenantId: TenantId,
  refreshToken: StoredRefreshToken,
  predecessorHash: string | null = null,
): Promise<void> {
  const { tokenHash, grantId, expiresAtEpochSeconds } = refreshToken;
  await INSERT_REFRESH_TOKEN(trx, { tokenHash, grantId, expiresAtEpochSeconds, tenantId, predecessorHash });
}

type RefreshTokenValues = StoredRefreshToken & { tenantId: TenantId; predecessorHash: string | null };

const INSERT_REFRESH_TOKEN = statement((db, refreshToken: RefreshTokenValues) =>
  db.insertInto('refresh_tokens').values({
    tenant_id: refreshToken.tenantId,
    token_hash: refreshToken.tokenHash,
    grant_id: refreshToken.grantId,
    expires_at: refreshToken.expiresAtEpochSeconds,
    predecessor_hash: refreshToken.predecessorHash,
    rotated_at: null,
    successor_salt: null,
  }),
);

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
  await NOTE_CLIENT_USE(trx, { tenantId, clientId, now, notSince: now - CLIENT_USE_NOTED_SECONDS });
}

type ClientUse = { tenantId: TenantId; clientId: string; now: EpochSeconds; notSince: number };

const NOTE_CLIENT_USE = statement((db, { tenantId, clientId, now, notSince }: ClientUse) =>
  db
    .updateTable('clients')
    .set({ used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('client_id', '=', clientId)
    .where((eb) => eb.or([eb('used_at', 'is', null), eb('used_at', '<=', notSince)])),
);

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
    ...(row.dpop_key_thumbprint !== null && { dpopKeyThumbprint: row.dpop_key_thumbprint }),
    ...(row.registration_fingerprint !== null && { registrationFingerprint: row.registration_fingerprint }),
    createdAtEpochSeconds: row.created_at,
    expiresAtEpochSeconds: row.expires_at,
  };
}

/** A grant as its row tells of it, with what became of it. */
export function toFoundGrant(row: Selectable<GrantTable>): FoundGrant {
  return { grant: toGrant(row), revoked: row.revoked_at !== null, lastUsedAtEpochSeconds: row.last_used_at };
}
