import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { Revocation } from './revocation-marks.js';

/**
 * A user. `subject` is never reused, but by one from elsewhere who was removed and comes back; the username may be given to
 * somebody else later. Subjects are base64url, so that none begins with `client:`, the namespace of clients that act in their
 * own name: a user under such a subject cannot sign in.
 */
export interface User {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly username: string;
  /** Undefined for a user who signs in elsewhere: no password opens that account. */
  readonly passwordHash: string | undefined;
  /** A disabled user cannot sign in, and has neither sessions nor grants. */
  readonly disabled: boolean;
  readonly createdAtEpochSeconds: EpochSeconds;
}

/** Users. Usernames of those with a password are unique per tenant, compared as the caller normalised them. */
export interface UserStore {
  /** Adds a user, unless another one with a password has the username. */
  add(user: User, event: AuditEvent): Promise<'added' | 'exists'>;
  /** Notes a user who signed in elsewhere: adds one of this subject, or renews the username of the one there is. Never
   * touches a user with a password, nor whether one is disabled. Answers the user as stored. */
  recognise(user: Omit<User, 'passwordHash' | 'disabled'>, event: AuditEvent): Promise<User>;
  /** Users with a password; see {@link UserStore.recognise} for the others. */
  findByUsername(tenantId: TenantId, username: string): Promise<User | undefined>;
  findBySubject(tenantId: TenantId, subject: string): Promise<User | undefined>;
  /** By username. */
  list(tenantId: TenantId): Promise<readonly User[]>;
  /** Removes the user, by subject, and, in the same transaction, ends their sessions, open transactions, codes and grants and
   * writes the marks that stop their access tokens. The subject itself is marked where it is never used again: whoever signs in
   * elsewhere may come back under theirs, as somebody new here. */
  remove(
    tenantId: TenantId,
    subject: string,
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<'removed' | 'unknown'>;
  /** Sets a new password of the user, by subject, and, in the same transaction, ends sessions and grants as
   * {@link UserStore.remove} does. Unknown for a user without a password. */
  resetPassword(
    tenantId: TenantId,
    subject: string,
    passwordHash: string,
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<'reset' | 'unknown'>;
  /** Disables a user, by subject, and ends everything as {@link UserStore.remove} does, the user aside. */
  disable(
    tenantId: TenantId,
    subject: string,
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<'disabled' | 'unknown'>;
  /** Lets a disabled user sign in again. What ended stays ended. */
  enable(tenantId: TenantId, subject: string, event: AuditEvent): Promise<'enabled' | 'unknown'>;
}
