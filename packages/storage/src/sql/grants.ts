import type { GrantStore } from '@portcullis/ports';
import type { Sha256, TenantId } from '@portcullis/protocol';
import { type SqlAccess, writeEvent } from './access.js';
import { endGrants } from './endings.js';
import { revokeGrant, toFoundGrant, toGrant } from './grant-rows.js';
import { insertMarks, isMarked, writeMarks } from './revocation-marks.js';
import { rotate } from './rotation.js';
import { statement } from './statement.js';
import { takeTurn } from './turns.js';

const FIND_BY_REFRESH_TOKEN = statement((db, { tenantId, tokenHash }: { tenantId: TenantId; tokenHash: Sha256 }) =>
  db
    .selectFrom('refresh_tokens')
    .innerJoin('grants', (join) =>
      join
        .onRef('grants.tenant_id', '=', 'refresh_tokens.tenant_id')
        .onRef('grants.grant_id', '=', 'refresh_tokens.grant_id'),
    )
    .leftJoin('users as active_user', (join) =>
      join
        .onRef('active_user.tenant_id', '=', 'grants.tenant_id')
        .onRef('active_user.subject', '=', 'grants.subject')
        .on('active_user.disabled_at', 'is', null),
    )
    .selectAll('grants')
    .select(['refresh_tokens.expires_at as token_expires_at', 'refresh_tokens.rotated_at as token_rotated_at'])
    .select('refresh_tokens.successor_salt as token_successor_salt')
    .select('active_user.subject as active_subject')
    .where('refresh_tokens.tenant_id', '=', tenantId)
    .where('refresh_tokens.token_hash', '=', tokenHash),
);

/** {@link GrantStore} on SQL. */
export function createGrantStore(access: SqlAccess): GrantStore {
  return {
    async find(tenantId, grantId) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('grants')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('grant_id', '=', grantId)
          .executeTakeFirst(),
      );
      return row && toFoundGrant(row);
    },

    async listOfUser(tenantId, subject, now) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('grants')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', now)
          .orderBy('created_at', 'desc')
          .orderBy('grant_id')
          .execute(),
      );
      return rows.map(toFoundGrant);
    },

    async findByRefreshToken(tenantId, tokenHash) {
      const [row] = await access.read(tenantId, (db) => FIND_BY_REFRESH_TOKEN(db, { tenantId, tokenHash }));
      if (row === undefined) return undefined;
      const { token_rotated_at: atEpochSeconds, token_successor_salt: salt } = row;
      return {
        grant: toGrant(row),
        revoked: row.revoked_at !== null,
        rotated: atEpochSeconds === null ? undefined : { atEpochSeconds, successorUsed: salt === null },
        userGone: row.active_subject === null,
        expiresAtEpochSeconds: row.token_expires_at,
      };
    },

    rotate(tenantId, request, now, events) {
      return access.write(tenantId, (trx) => rotate(trx, tenantId, request, now, events));
    },

    async hasLiveGrant(tenantId, subject, clientId, now) {
      const row = await access.read(tenantId, (db) =>
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
      return access.write(tenantId, async (trx) => {
        if (!(await revokeGrant(trx, tenantId, grantId, { now, markLifetimeSeconds }))) return false;
        await writeEvent(trx, event);
        return true;
      });
    },

    revokeWithoutRow(tenantId, grantId, revocation, event) {
      const revoked = { kind: 'grant', value: grantId } as const;
      return access.write(tenantId, async (trx) => {
        if (await isMarked(trx, tenantId, revoked, revocation.now)) return false;
        const sequence = await takeTurn(trx, tenantId, 'revocation_marks');
        // Whoever had the turn before may have marked the same one. The number is then left out.
        if (await isMarked(trx, tenantId, revoked, revocation.now)) return false;
        await insertMarks(trx, tenantId, [revoked], sequence, revocation);
        await writeEvent(trx, event);
        return true;
      });
    },

    disconnect(tenantId, subject, clientId, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const ended = await endGrants(trx, tenantId, { subject, client_id: clientId }, revocation);
        if (!ended.anything) return false;
        await writeMarks(trx, tenantId, ended.grants, revocation);
        await writeEvent(trx, event);
        return true;
      });
    },
  };
}
