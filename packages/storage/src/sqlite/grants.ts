import type { Grant, GrantStore } from '@portcullis/ports';
import { type SqliteAccess, writeEvent } from './access.js';
import { revokeGrant } from './grant-rows.js';
import { readList } from './json-list.js';
import { rotate } from './rotation.js';

/** {@link GrantStore} on SQLite. */
export function createGrantStore(access: SqliteAccess): GrantStore {
  return {
    async findByRefreshToken(tenantId, tokenHash) {
      const row = await access.read((db) =>
        db
          .selectFrom('refresh_tokens')
          .innerJoin('grants', (join) =>
            join
              .onRef('grants.tenant_id', '=', 'refresh_tokens.tenant_id')
              .onRef('grants.grant_id', '=', 'refresh_tokens.grant_id'),
          )
          .selectAll('grants')
          .select('refresh_tokens.expires_at as token_expires_at')
          .where('refresh_tokens.tenant_id', '=', tenantId)
          .where('refresh_tokens.token_hash', '=', tokenHash)
          .executeTakeFirst(),
      );
      if (row === undefined) return undefined;
      const grant: Grant = {
        tenantId: row.tenant_id,
        grantId: row.grant_id,
        subject: row.subject,
        clientId: row.client_id,
        resource: row.resource,
        scopes: readList(row.scopes),
        authenticatedAtEpochSeconds: row.authenticated_at,
        createdAtEpochSeconds: row.created_at,
        expiresAtEpochSeconds: row.expires_at,
      };
      return { grant, revoked: row.revoked_at !== null, expiresAtEpochSeconds: row.token_expires_at };
    },

    rotate(tenantId, request, now, events) {
      return access.write((trx) => rotate(trx, tenantId, request, now, events));
    },

    async hasLiveGrant(tenantId, subject, clientId, now) {
      const row = await access.read((db) =>
        db
          .selectFrom('grants')
          .select('grant_id')
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .where('client_id', '=', clientId)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', now)
          .limit(1)
          .executeTakeFirst(),
      );
      return row !== undefined;
    },

    revoke(tenantId, grantId, now, markLifetimeSeconds, event) {
      return access.write(async (trx) => {
        if (!(await revokeGrant(trx, tenantId, grantId, now, markLifetimeSeconds))) return false;
        await writeEvent(trx, event);
        return true;
      });
    },
  };
}
