import type { AuthorizationCode, AuthorizationCodeStore, FoundAuthorizationCode } from '@portcullis/ports';
import { requireOwnGrant } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { Selectable, Transaction } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import type { AuthorizationCodeTable } from './authorization-tables.js';
import { insertGrant, insertRefreshToken, noteClientUse, revokeGrant } from './grant-rows.js';
import { readList, writeList } from './json-list.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';
import { holdUser } from './user-rows.js';

/** One code. */
interface CodeOf {
  readonly tenantId: TenantId;
  readonly codeHash: Sha256;
}

const FIND = statement((db, { tenantId, codeHash }: CodeOf) =>
  db.selectFrom('authorization_codes').selectAll().where('tenant_id', '=', tenantId).where('code_hash', '=', codeHash),
);

/** {@link AuthorizationCodeStore} on SQL. */
export function createAuthorizationCodeStore(access: SqlAccess): AuthorizationCodeStore {
  return {
    async find(tenantId, codeHash) {
      const [row] = await access.read(tenantId, (db) => FIND(db, { tenantId, codeHash }));
      return row && toCode(row);
    },

    redeem(tenantId, codeHash, grant, refreshToken, now, markLifetimeSeconds, events) {
      return access.write(tenantId, async (trx) => {
        const [code] = await FIND_FACTS(trx, { tenantId, codeHash });
        if (code === undefined) return { outcome: 'refused' };
        requireOwnGrant(tenantId, { grantId: code.grant_id }, grant, refreshToken);

        const mayHave = await holdUser(trx, tenantId, code.subject);
        if (mayHave && (await claim(trx, tenantId, codeHash, now))) {
          await insertGrant(trx, grant, now, markLifetimeSeconds);
          if (refreshToken !== undefined) await insertRefreshToken(trx, tenantId, refreshToken);
          await noteClientUse(trx, tenantId, code.client_id, now);
          await writeEvent(trx, events.redeemed);
          return { outcome: 'redeemed' };
        }
        // Not claimed and not redeemed: it expired or vanished, its user is gone or disabled, or it has no challenge.
        if (!(await isRedeemed(trx, tenantId, codeHash))) return { outcome: 'refused' };
        await revokeGrant(trx, tenantId, code.grant_id, { now, markLifetimeSeconds });
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
      client_auth_method: code.clientAuthMethod,
      authenticated_at: code.authenticatedAtEpochSeconds,
      dpop_key_thumbprint: code.dpopKeyThumbprint ?? null,
      registration_fingerprint: code.registrationFingerprint ?? null,
      grant_id: code.grantId,
      issued_at: code.issuedAtEpochSeconds,
      expires_at: code.expiresAtEpochSeconds,
      redeemed_at: null,
    })
    .execute();
}

/** What never changes of a code, its expiry aside: one that was redeemed can be replayed after it. */
const FIND_FACTS = statement((db, { tenantId, codeHash }: CodeOf) =>
  db
    .selectFrom('authorization_codes')
    .select(['grant_id', 'client_id', 'subject'])
    .where('tenant_id', '=', tenantId)
    .where('code_hash', '=', codeHash),
);

/** The one statement that decides who redeems. */
async function claim(
  trx: Transaction<Database>,
  tenantId: TenantId,
  codeHash: Sha256,
  now: EpochSeconds,
): Promise<boolean> {
  const claimed = await CLAIM(trx, { tenantId, codeHash, now });
  return claimed.length > 0;
}

const CLAIM = statement((db, { tenantId, codeHash, now }: CodeOf & { now: EpochSeconds }) =>
  db
    .updateTable('authorization_codes')
    .set({ redeemed_at: now })
    .where('tenant_id', '=', tenantId)
    .where('code_hash', '=', codeHash)
    .where('redeemed_at', 'is', null)
    .where('expires_at', '>', now)
    .where('code_challenge', 'is not', null)
    .returning('code_hash'),
);

async function isRedeemed(trx: Transaction<Database>, tenantId: TenantId, codeHash: Sha256): Promise<boolean> {
  const code = await trx
    .selectFrom('authorization_codes')
    .select('redeemed_at')
    .where('tenant_id', '=', tenantId)
    .where('code_hash', '=', codeHash)
    .executeTakeFirst();
  return code !== undefined && code.redeemed_at !== null;
}

function toCode(row: Selectable<AuthorizationCodeTable>): FoundAuthorizationCode {
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
    clientAuthMethod: row.client_auth_method,
    authenticatedAtEpochSeconds: row.authenticated_at,
    ...(row.dpop_key_thumbprint !== null && { dpopKeyThumbprint: row.dpop_key_thumbprint }),
    ...(row.registration_fingerprint !== null && { registrationFingerprint: row.registration_fingerprint }),
    grantId: row.grant_id,
    issuedAtEpochSeconds: row.issued_at,
    expiresAtEpochSeconds: row.expires_at,
    redeemed: row.redeemed_at !== null,
  };
}
