import type { User } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { Database, UserTable } from './schema.js';
import { statement } from './statement.js';

/** One user. */
interface UserOf {
  readonly tenantId: TenantId;
  readonly subject: string;
}

/** Whether the user may have a grant, and stays so until this transaction ends: who removes or disables them waits, and
 * then finds the grant. Redemptions of one user do not wait for each other. */
export async function holdUser(trx: Transaction<Database>, tenantId: TenantId, subject: string): Promise<boolean> {
  const users = await HOLD_USER(trx, { tenantId, subject });
  return users.length > 0;
}

const HOLD_USER = statement((db, { tenantId, subject }: UserOf) =>
  db
    .selectFrom('users')
    .select('subject')
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .where('disabled_at', 'is', null)
    .forShare(),
);

/** Adds a user who signs in elsewhere. False where the subject is known. */
export async function addRecognised(
  trx: Transaction<Database>,
  user: Omit<User, 'passwordHash' | 'disabled'>,
): Promise<boolean> {
  const added = await ADD_RECOGNISED(trx, user);
  return added.length > 0;
}

const ADD_RECOGNISED = statement((db, user: Omit<User, 'passwordHash' | 'disabled'>) =>
  db
    .insertInto('users')
    .values({
      tenant_id: user.tenantId,
      subject: user.subject,
      username: user.username,
      password_hash: null,
      disabled_at: null,
      created_at: user.createdAtEpochSeconds,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'subject']).doNothing())
    .returning('subject'),
);

/** Takes over what the provider of a user calls them now. A row that needs no change is not touched, and one with a
 * password never. */
export async function renameRecognised(
  trx: Transaction<Database>,
  user: Pick<User, 'tenantId' | 'subject' | 'username'>,
): Promise<void> {
  await RENAME_RECOGNISED(trx, user);
}

const RENAME_RECOGNISED = statement((db, { tenantId, subject, username }: UserOf & { username: string }) =>
  db
    .updateTable('users')
    .set({ username })
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .where('password_hash', 'is', null)
    .where('username', '<>', username),
);

/** A user as a row. */
export function toUserRow(user: User): UserTable {
  return {
    tenant_id: user.tenantId,
    subject: user.subject,
    username: user.username,
    password_hash: user.passwordHash ?? null,
    disabled_at: user.disabled ? user.createdAtEpochSeconds : null,
    created_at: user.createdAtEpochSeconds,
  };
}
