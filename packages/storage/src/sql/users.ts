import type { Revocable, Revocation, User, UserStore } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import { endGrants } from './endings.js';
import { writeMarks } from './revocation-marks.js';
import type { Database, UserTable } from './schema.js';
import { statement } from './statement.js';
import { toUserRow } from './user-rows.js';

/** {@link UserStore} on SQL. */
export function createUserStore(access: SqlAccess): UserStore {
  return {
    add(user, event) {
      return access.write(user.tenantId, async (trx) => {
        const added = await trx
          .insertInto('users')
          .values(toUserRow(user))
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'username']).where('password_hash', 'is not', null).doNothing(),
          )
          .returning('subject')
          .executeTakeFirst();
        if (added === undefined) return 'exists';
        await writeEvent(trx, event);
        return 'added';
      });
    },

    recognise(user, event) {
      const { tenantId, subject } = user;
      return access.write(tenantId, async (trx) => {
        for (;;) {
          const first = await trx
            .insertInto('users')
            .values(toUserRow({ ...user, passwordHash: undefined, disabled: false }))
            .onConflict((conflict) => conflict.columns(['tenant_id', 'subject']).doNothing())
            .returningAll()
            .executeTakeFirst();
          if (first !== undefined) {
            await writeEvent(trx, event);
            return toUser(first);
          }
          const renewed = await trx
            .updateTable('users')
            .set({ username: user.username })
            .where('tenant_id', '=', tenantId)
            .where('subject', '=', subject)
            .where('password_hash', 'is', null)
            .returningAll()
            .executeTakeFirst();
          if (renewed !== undefined) return toUser(renewed);
          const withPassword = await findBySubject(trx, tenantId, subject);
          if (withPassword !== undefined) return withPassword;
          // Removed between the statements: it is the first time after all.
        }
      });
    },

    async findByUsername(tenantId, username) {
      const row = await access.read(tenantId, (db) =>
        db
          .selectFrom('users')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('username', '=', username)
          .where('password_hash', 'is not', null)
          .executeTakeFirst(),
      );
      return row && toUser(row);
    },

    findBySubject(tenantId, subject) {
      return access.read(tenantId, (db) => findBySubject(db, tenantId, subject));
    },

    async list(tenantId) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('users')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('username')
          .orderBy('subject')
          .execute(),
      );
      return rows.map(toUser);
    },

    remove(tenantId, subject, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const removed = await trx
          .deleteFrom('users')
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .returning('password_hash')
          .executeTakeFirst();
        if (removed === undefined) return 'unknown';
        const ended = await endEverythingOf(trx, tenantId, subject, revocation);
        const forGood: Revocable[] = removed.password_hash === null ? [] : [{ kind: 'subject', value: subject }];
        await writeMarks(trx, tenantId, [...ended, ...forGood], revocation);
        await writeEvent(trx, event);
        return 'removed';
      });
    },

    resetPassword(tenantId, subject, passwordHash, revocation, event) {
      return access.write(tenantId, async (trx) => {
        const changed = await trx
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .where('password_hash', 'is not', null)
          .returning('subject')
          .executeTakeFirst();
        if (changed === undefined) return 'unknown';
        await writeMarks(trx, tenantId, await endEverythingOf(trx, tenantId, subject, revocation), revocation);
        await writeEvent(trx, event);
        return 'reset';
      });
    },

    disable(tenantId, subject, revocation, event) {
      return access.write(tenantId, async (trx) => {
        if (!(await setDisabledAt(trx, tenantId, subject, revocation.now))) return 'unknown';
        await writeMarks(trx, tenantId, await endEverythingOf(trx, tenantId, subject, revocation), revocation);
        await writeEvent(trx, event);
        return 'disabled';
      });
    },

    enable(tenantId, subject, event) {
      return access.write(tenantId, async (trx) => {
        if (!(await setDisabledAt(trx, tenantId, subject, null))) return 'unknown';
        await writeEvent(trx, event);
        return 'enabled';
      });
    },
  };
}

async function findBySubject(db: Kysely<Database>, tenantId: TenantId, subject: string): Promise<User | undefined> {
  const [row] = await FIND_BY_SUBJECT(db, { tenantId, subject });
  return row && toUser(row);
}

const FIND_BY_SUBJECT = statement((db, { tenantId, subject }: { tenantId: TenantId; subject: string }) =>
  db.selectFrom('users').selectAll().where('tenant_id', '=', tenantId).where('subject', '=', subject),
);

async function setDisabledAt(
  trx: Transaction<Database>,
  tenantId: TenantId,
  subject: string,
  disabledAt: number | null,
): Promise<boolean> {
  const changed = await trx
    .updateTable('users')
    .set({ disabled_at: disabledAt })
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .returning('subject')
    .executeTakeFirst();
  return changed !== undefined;
}

/** Ends sessions, open transactions, codes, consents and grants: all that the old password, or the removed or disabled
 * user, had opened. The caller holds the user's row and marks what this answers. */
async function endEverythingOf(
  trx: Transaction<Database>,
  tenantId: TenantId,
  subject: string,
  revocation: Revocation,
): Promise<readonly Revocable[]> {
  await trx.deleteFrom('sign_in_sessions').where('tenant_id', '=', tenantId).where('subject', '=', subject).execute();
  const { grants } = await endGrants(trx, tenantId, { subject }, revocation);
  return grants;
}

function toUser(row: Selectable<UserTable>): User {
  return {
    tenantId: row.tenant_id,
    subject: row.subject,
    username: row.username,
    passwordHash: row.password_hash ?? undefined,
    disabled: row.disabled_at !== null,
    createdAtEpochSeconds: row.created_at,
  };
}
