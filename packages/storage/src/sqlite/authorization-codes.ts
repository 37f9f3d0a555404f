import type { AuthorizationCode, AuthorizationCodeStore, Grant, StoredRefreshToken } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { Selectable, Transaction } from 'kysely';
import { type SqliteAccess, writeEvent } from './access.js';
import { insertGrant, insertRefreshToken, revokeGrant } from './grant-rows.js';
import { readList, writeList } from './json-list.js';
import type { AuthorizationCodeTable, Database } from './schema.js';

/** {@link AuthorizationCodeStore} on SQLite. */
export function createAuthorizationCodeStore(access: SqliteAccess): AuthorizationCodeStore {
  return {
    async find(tenantId, codeHash) {
      const row = await access.read((db) =>
        db
          .selectFrom('authorization_codes')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('code_hash', '=', codeHash)
          .executeTakeFirst(),
      );
      return row && toCode(row);
    },

    redeem(tenantId, codeHash, grant, refreshToken, now, markLifetimeSeconds, events) {
      return access.write(async (trx) => {
        const code = await findLive(trx, tenantId, codeHash, now);
        if (code === undefined) return { outcome: 'refused' };
        requireOwnGrant(tenantId, code.grant_id, grant, refreshToken);

        if (await claim(trx, tenantId, codeHash, now)) {
          await insertGrant(trx, grant, markLifetimeSeconds);
          if (refreshToken !== undefined) await insertRefreshToken(trx, tenantId, refreshToken);
          await markClientUsed(trx, tenantId, code.client_id, now);
          await writeEvent(trx, events.redeemed);
          return { outcome: 'redeemed' };
        }
        // Not claimed and never redeemed: its user is gone, or it has no challenge.
        if (code.redeemed_at === null) return { outcome: 'refused' };
        await revokeGrant(trx, tenantId, code.grant_id, now, markLifetimeSeconds);
        await writeEvent(trx, events.replayed);
        return { outcome: 'replayed' };
      });
    },
  };
}

/** Stores the code that a transaction ended with, in the transaction of that act. */
export async function insertCode(trx: Transaction<Database>, code: AuthorizationCode): Promise<void> {
  await trx
    .insertInto('authorization_codes')
    .values({
      tenant_id: code.tenantId,
      code_hash: code.codeHash,
      client_id: code.clientId,
      redirect_uri: code.redirectUri,
      code_challenge: code.codeChallenge ?? null,
      code_challenge_method: code.codeChallengeMethod ?? null,
      resource: code.resource,
      scopes: writeList(code.scopes),
      subject: code.subject,
      authenticated_at: code.authenticatedAtEpochSeconds,
      grant_id: code.grantId,
      issued_at: code.issuedAtEpochSeconds,
      expires_at: code.expiresAtEpochSeconds,
      redeemed_at: null,
    })
    .execute();
}

function findLive(
  trx: Transaction<Database>,
  tenantId: TenantId,
  codeHash: Sha256,
  now: EpochSeconds,
): Promise<Pick<AuthorizationCodeTable, 'grant_id' | 'client_id' | 'redeemed_at'> | undefined> {
  return trx
    .selectFrom('authorization_codes')
    .select(['grant_id', 'client_id', 'redeemed_at'])
    .where('tenant_id', '=', tenantId)
    .where('code_hash', '=', codeHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

/** The one statement that decides who redeems. */
async function claim(
  trx: Transaction<Database>,
  tenantId: TenantId,
  codeHash: Sha256,
  now: EpochSeconds,
): Promise<boolean> {
  const claimed = await trx
    .updateTable('authorization_codes')
    .set({ redeemed_at: now })
    .where('tenant_id', '=', tenantId)
    .where('code_hash', '=', codeHash)
    .where('redeemed_at', 'is', null)
    .where('expires_at', '>', now)
    .where('code_challenge', 'is not', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('users')
          .select('users.subject')
          .whereRef('users.tenant_id', '=', 'authorization_codes.tenant_id')
          .whereRef('users.subject', '=', 'authorization_codes.subject'),
      ),
    )
    .returning('code_hash')
    .executeTakeFirst();
  return claimed !== undefined;
}

async function markClientUsed(
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
    .where('used_at', 'is', null)
    .execute();
}

function requireOwnGrant(
  tenantId: TenantId,
  grantId: string,
  grant: Grant,
  refreshToken: StoredRefreshToken | undefined,
): void {
  if (grant.tenantId !== tenantId || grant.grantId !== grantId) throw new Error('Not the grant of this code');
  if (refreshToken !== undefined && refreshToken.grantId !== grantId) {
    throw new Error('Not a refresh token of this grant');
  }
}

function toCode(row: Selectable<AuthorizationCodeTable>): AuthorizationCode {
  return {
    tenantId: row.tenant_id,
    codeHash: row.code_hash,
    clientId: row.client_id,
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge ?? undefined,
    codeChallengeMethod: row.code_challenge_method ?? undefined,
    resource: row.resource,
    scopes: readList(row.scopes),
    subject: row.subject,
    authenticatedAtEpochSeconds: row.authenticated_at,
    grantId: row.grant_id,
    issuedAtEpochSeconds: row.issued_at,
    expiresAtEpochSeconds: row.expires_at,
  };
}
