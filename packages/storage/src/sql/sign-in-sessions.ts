import type { SignInSessionStore } from '@portcullis/ports';
import type { SqlAccess } from './access.js';

/** {@link SignInSessionStore} on SQL. */
export function createSignInSessionStore(access: SqlAccess): SignInSessionStore {
  return {
    async begin(session) {
      await access.write(session.tenantId, (trx) =>
        trx
          .insertInto('sign_in_sessions')
          .values({
            tenant_id: session.tenantId,
            session_hash: session.sessionHash,
            subject: session.subject,
            authenticated_at: session.authenticatedAtEpochSeconds,
            last_seen_at: session.lastSeenAtEpochSeconds,
            expires_at: session.expiresAtEpochSeconds,
          })
          .execute(),
      );
    },
    async use(tenantId, sessionHash, now, idleSeconds) {
      const row = await access.write(tenantId, (trx) =>
        trx
          .updateTable('sign_in_sessions')
          .set({ last_seen_at: now })
          .where('tenant_id', '=', tenantId)
          .where('session_hash', '=', sessionHash)
          .where('expires_at', '>', now)
          .where('last_seen_at', '>=', now - idleSeconds)
          .returningAll()
          .executeTakeFirst(),
      );
      return (
        row && {
          tenantId: row.tenant_id,
          sessionHash: row.session_hash,
          subject: row.subject,
          authenticatedAtEpochSeconds: row.authenticated_at,
          lastSeenAtEpochSeconds: row.last_seen_at,
          expiresAtEpochSeconds: row.expires_at,
        }
      );
    },
    async end(tenantId, sessionHash) {
      await access.write(tenantId, (trx) =>
        trx
          .deleteFrom('sign_in_sessions')
          .where('tenant_id', '=', tenantId)
          .where('session_hash', '=', sessionHash)
          .execute(),
      );
    },
  };
}
