import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { SharedClock } from '../platform.js';
import type { AssertionIssuerStore } from './assertion-issuers.js';
import type { AuthorizationCodeStore } from './authorization-codes.js';
import type { AuthorizationTransactionStore } from './authorization-transactions.js';
import type { ClientApprovalStore } from './client-approvals.js';
import type { ClientStore } from './clients.js';
import type { ConsentStore } from './consents.js';
import type { DeviceCodeStore } from './device-codes.js';
import type { GrantStore } from './grants.js';
import type { IdentityAssertionStore } from './identity-assertions.js';
import type { OneTimeIdStore } from './one-time-ids.js';
import type { PushedRequestStore } from './pushed-requests.js';
import type { ResourceServerStore } from './resource-servers.js';
import type { RevocationMarkStore } from './revocation-marks.js';
import type { SignInSessionStore } from './sign-in-sessions.js';
import type { SigningKeyStore } from './signing-keys.js';
import type { UserStore } from './users.js';

/**
 * The store cannot answer now and may later: locked for too long, gone, full. Nothing of the act happened; only where the
 * connection was lost at the very moment of the commit, all of it may have. An act that is asked for again after that is
 * answered as the second one: a code as replayed, a refresh token within its grace with the same successor.
 */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

const DAY_SECONDS = 86_400;

/**
 * How long a code that was redeemed is kept after its expiry, so that a replay ends what it yielded (OAuth 2.1 §4.1.3): far
 * longer than an access token lives. One that was not redeemed is worth nothing from its expiry on.
 */
export const REDEEMED_CODE_SECONDS = DAY_SECONDS;

/** How long a device code is kept after its expiry, so that a device that still polls learns that it has expired. */
export const EXPIRED_DEVICE_CODE_SECONDS = 3600;

/**
 * How long a one-time id is kept after its end: by so much the clock may be set back, or that of one process be ahead of the
 * others', before a message whose id was swept is in its time again and its id forgotten.
 */
export const ENDED_ID_SECONDS = 900;

/**
 * How long a revocation mark is kept after its end, though nobody is answered it any more: by so much the clock may be ahead and be
 * set right again, before what was revoked is alive once more. They are few.
 */
export const ENDED_MARK_SECONDS = DAY_SECONDS;

/** How long a client that nobody vouched for is kept before its first grant. */
export const UNUSED_CLIENT_SECONDS = DAY_SECONDS;

/** How long such a client is kept after it was last used (which an adapter may note to the minute), once it has no live
 * grant. */
export const WITHOUT_GRANT_CLIENT_SECONDS = 30 * DAY_SECONDS;

/** How long a client waits for the operator. */
export const UNDECIDED_APPROVAL_SECONDS = 30 * DAY_SECONDS;

/** A whole storage adapter. Every act is atomic by itself; none spans two calls. */
export interface Storage {
  /**
   * The time that all who share this store agree on: what is stored is to be judged by it, and by no host's own clock. Absent
   * where whoever shares the store shares a host, and with it a clock.
   */
  readonly clock?: SharedClock;
  readonly clients: ClientStore;
  readonly clientApprovals: ClientApprovalStore;
  readonly resourceServers: ResourceServerStore;
  readonly users: UserStore;
  readonly signInSessions: SignInSessionStore;
  readonly transactions: AuthorizationTransactionStore;
  readonly pushedRequests: PushedRequestStore;
  readonly codes: AuthorizationCodeStore;
  readonly deviceCodes: DeviceCodeStore;
  readonly grants: GrantStore;
  readonly consents: ConsentStore;
  readonly oneTimeIds: OneTimeIdStore;
  readonly identityAssertions: IdentityAssertionStore;
  readonly assertionIssuers: AssertionIssuerStore;
  readonly revocationMarks: RevocationMarkStore;
  readonly signingKeys: SigningKeyStore;
  /**
   * Deletes what has expired and can no longer be asked for. Codes that were redeemed and revocation marks stay for another day, device codes for another hour, one-time ids for a quarter of one. Clients that nobody vouched for (`dynamic`,
   * `metadata_document`) go 24 hours after they came when no code of them was ever redeemed, and otherwise 30 days after
   * they were last used, when no live grant is left: never by age alone. Ended grants stay until their last access token has expired; clients
   * that wait for the operator go after 30 days without a decision. Returns how many rows went. A kind of rows that cannot be swept
   * keeps no other from it: all are tried while the store answers, and the first failure is thrown then.
   */
  sweep(tenantId: TenantId, now: EpochSeconds): Promise<number>;
  /**
   * Notes which issuer the store is served as. Answers the one that it was last served as where that is another one, and
   * undefined where it is the same or this is the first: of several at once each answers the one that it took the place of.
   *
   * @param issuer - compared as it is written
   */
  noteIssuer(tenantId: TenantId, issuer: string, now: EpochSeconds): Promise<string | undefined>;
  /** Resolves when the store answers. @throws when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
