import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';

/** A local user. `subject` is random and never reused; the username may be given to somebody else later. */
export interface User {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly createdAtEpochSeconds: EpochSeconds;
}

/** What ends with a user, or with a user's password. */
export interface UserRevocation {
  readonly now: EpochSeconds;
  /** How long the revocation mark is kept: the longest access-token lifetime and the clock tolerance. */
  readonly markLifetimeSeconds: number;
}

/** Local users. Usernames are unique per tenant, compared as the caller normalised them. */
export interface UserStore {
  /** Adds a user, unless the username is taken. */
  add(user: User, event: AuditEvent): Promise<'added' | 'exists'>;
  findByUsername(tenantId: TenantId, username: string): Promise<User | undefined>;
  findBySubject(tenantId: TenantId, subject: string): Promise<User | undefined>;
  list(tenantId: TenantId): Promise<readonly User[]>;
  /** Removes the user and, in the same transaction, ends their sessions, open transactions, codes and grants and
   * writes the marks that stop their access tokens. */
  remove(
    tenantId: TenantId,
    username: string,
    revocation: UserRevocation,
    event: AuditEvent,
  ): Promise<'removed' | 'unknown'>;
  /** Sets a new password and, in the same transaction, ends sessions and grants as {@link UserStore.remove} does. */
  resetPassword(
    tenantId: TenantId,
    username: string,
    passwordHash: string,
    revocation: UserRevocation,
    event: AuditEvent,
  ): Promise<'reset' | 'unknown'>;
}
