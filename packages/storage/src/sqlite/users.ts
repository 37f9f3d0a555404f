import type { User, UserRevocation, UserStore } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Selectable, Transaction } from 'kysely';
import { type SqliteAccess, writeEvent } from './access.js';
import { revokeGrant } from './grant-rows.js';
import { writeMark } from './revocation-marks.js';
import type { Database, UserTable } from './schema.js';

/** {@link UserStore} on SQLite. */
export function createUserStore(access: SqliteAccess): UserStore {
  return {
    add(user, event) {
      return access.write(async (trx) => {
        const added = await trx
          .insertInto('users')
          .values(toRow(user))
          .onConflict((conflict) => conflict.columns(['tenant_id', 'username']).doNothing())
          .returning('subject')
          .executeTakeFirst();
        if (added === undefined) return 'exists';
        await writeEvent(trx, event);
        return 'added';
      });
    },
    async findByUsername(tenantId, username) {
      const row = await access.read((db) =>
        db
          .selectFrom('users')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('username', '=', username)
          .executeTakeFirst(),
      );
      return row && toUser(row);
    },
    async findBySubject(tenantId, subject) {
      const row = await access.read((db) =>
        db
          .selectFrom('users')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .executeTakeFirst(),
      );
      return row && toUser(row);
    },
    async list(tenantId) {
      const rows = await access.read((db) =>
        db.selectFrom('users').selectAll().where('tenant_id', '=', tenantId).orderBy('username').execute(),
      );
      return rows.map(toUser);
    },
    remove(tenantId, username, revocation, event) {
      return access.write(async (trx) => {
        const removed = await trx
          .deleteFrom('users')
          .where('tenant_id', '=', tenantId)
          .where('username', '=', username)
          .returning('subject')
          .executeTakeFirst();
        if (removed === undefined) return 'unknown';
        await endEverythingOf(trx, tenantId, removed.subject, revocation);
        await writeMark(trx, tenantId, 'subject', removed.subject, revocation.now, revocation.markLifetimeSeconds);
        await writeEvent(trx, event);
        return 'removed';
      });
    },
    resetPassword(tenantId, username, passwordHash, revocation, event) {
      return access.write(async (trx) => {
        const changed = await trx
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('tenant_id', '=', tenantId)
          .where('username', '=', username)
          .returning('subject')
          .executeTakeFirst();
        if (changed === undefined) return 'unknown';
        await endEverythingOf(trx, tenantId, changed.subject, revocation);
        await writeEvent(trx, event);
        return 'reset';
      });
    },
  };
}

/** Ends sessions, open transactions, codes and grants: all that the old password, or the removed user, had opened. */
async function endEverythingOf(
  trx: Transaction<Database>,
  tenantId: TenantId,
  subject: string,
  revocation: UserRevocation,
): Promise<void> {
  await trx.deleteFrom('sign_in_sessions').where('tenant_id', '=', tenantId).where('subject', '=', subject).execute();
  await trx
    .deleteFrom('authorization_transactions')
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .where('status', '=', 'open')
    .execute();
  await trx
    .deleteFrom('authorization_codes')
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .execute();
  const grants = await trx
    .selectFrom('grants')
    .select('grant_id')
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .where('revoked_at', 'is', null)
    .execute();
  for (const { grant_id: grantId } of grants) {
    await revokeGrant(trx, tenantId, grantId, revocation.now, revocation.markLifetimeSeconds);
  }
}

function toRow(user: User): UserTable {
  return {
    tenant_id: user.tenantId,
    subject: user.subject,
    username: user.username,
    password_hash: user.passwordHash,
    created_at: user.createdAtEpochSeconds,
  };
}

function toUser(row: Selectable<UserTable>): User {
  return {
    tenantId: row.tenant_id,
    subject: row.subject,
    username: row.username,
    passwordHash: row.password_hash,
    createdAtEpochSeconds: row.created_at,
  };
}
