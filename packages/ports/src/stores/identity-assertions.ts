import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { Consent } from './consents.js';
import type { Grant } from './grants.js';
import type { User } from './users.js';

/** An identity assertion that is right in everything, and what it yields. */
export interface IdentityAssertionUse {
  /** Of its issuer and its `jti`. */
  readonly idHash: Sha256;
  /** When no process can accept the assertion any more, however far its clock is from that of whoever sweeps. */
  readonly expiresAtEpochSeconds: EpochSeconds;
  /** The user it is about, as their identity provider calls them. */
  readonly user: Omit<User, 'passwordHash' | 'disabled'>;
  /** Whether one who is not known yet is added. */
  readonly admitsNewUsers: boolean;
  /** What the user allowed the client at the resource of the grant, as it was found, where that is what the grant rests on:
   * all of it has to stand still when the grant is written. @defaultValue the grant rests on no consent */
  readonly consent?: Pick<Consent, 'scopes' | 'documentFingerprint'>;
  /** Of the subject of {@link IdentityAssertionUse.user}. It has no refresh token. */
  readonly grant: Grant;
}

/** Events of an assertion that was used; the second is written where its user is a new one. */
export interface IdentityAssertionEvents {
  readonly issued: AuditEvent;
  readonly recognised: AuditEvent;
}

/** Whether an assertion was used. `replayed`: it was before. `user_gone`: disabled, or unknown where no new ones are admitted.
 * `without_consent`: the consent that it rests on was withdrawn, or is a lesser one by now. */
export type IdentityAssertionOutcome = 'issued' | 'replayed' | 'user_gone' | 'without_consent';

/** Identity assertions that became access (ID-JAG), shared by every process on one store. */
export interface IdentityAssertionStore {
  /**
   * Uses an assertion up, once. One conditional statement decides; the user, the grant, the use of the client and the event
   * are written in the same transaction. Every other outcome has changed nothing. User and consent are held until the grant is
   * written: whoever disables the one or withdraws the other either comes before, or finds the grant and ends it.
   */
  redeem(
    tenantId: TenantId,
    use: IdentityAssertionUse,
    now: EpochSeconds,
    markLifetimeSeconds: number,
    events: IdentityAssertionEvents,
  ): Promise<IdentityAssertionOutcome>;
}
