import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { AuthorizationCode } from './authorization-codes.js';
import type { Consent } from './consents.js';
import type { DeviceApproval } from './device-codes.js';

/** A code goes to the client, by the browser (OAuth 2.1 §4.1). */
export interface RedirectAnswer {
  readonly kind: 'redirect';
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly codeChallenge: string;
  /** RFC 7638 thumbprint of the only key that may redeem the code (RFC 9449 §10). @defaultValue none */
  readonly dpopKeyThumbprint?: string;
  /** Of the pushed request that it began with, which is used up by the decision (RFC 9126 §4). @defaultValue none */
  readonly pushedRequestHash?: Sha256;
}

/** A device that polls gets its tokens (RFC 8628 §3.3). */
export interface DeviceAnswer {
  readonly kind: 'device';
  readonly deviceCodeHash: Sha256;
}

/** Where the decision of a transaction goes. */
export type TransactionAnswer = RedirectAnswer | DeviceAnswer;

/**
 * One run of a browser through the authorization endpoint, or through the page for devices:
 * `requested → approved → authenticated → issued`, the middle two in either order, so that a provider's sign-in may
 * come after our consent. `denied` ends it too.
 */
export interface AuthorizationTransaction {
  readonly tenantId: TenantId;
  /** Hash of the handle that travels in our own pages. */
  readonly transactionHash: Sha256;
  /** Hash of the browser cookie: another browser that learns the handle gets nowhere. */
  readonly browserHash: Sha256;
  readonly clientId: string;
  readonly answer: TransactionAnswer;
  readonly resource: ResourceIdentifier;
  readonly requestedScopes: readonly string[];
  readonly createdAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
  /** Set by {@link AuthorizationTransactionStore.approve}. */
  readonly approvedScopes: readonly string[] | undefined;
  /** Set by {@link AuthorizationTransactionStore.authenticate}. */
  readonly subject: string | undefined;
  readonly authenticatedAtEpochSeconds: EpochSeconds | undefined;
  readonly status: 'open' | 'issued' | 'denied';
}

/** A new transaction: the request, nothing decided yet. */
export type RequestedTransaction = Omit<
  AuthorizationTransaction,
  'approvedScopes' | 'subject' | 'authenticatedAtEpochSeconds' | 'status'
>;

/** What {@link AuthorizationTransactionStore.issue} decided. */
export type TransactionIssue =
  | { readonly outcome: 'issued' }
  /** Already issued; the response as it was sealed then, for a form that was sent twice. */
  | { readonly outcome: 'repeated'; readonly sealedResponse: string }
  /** Unknown, expired, denied, or not both approved and authenticated. */
  | { readonly outcome: 'refused' };

/** What {@link AuthorizationTransactionStore.approveDevice} decided. */
export type DeviceApprovalOutcome =
  /** Now, or by the same transaction before, and its device has its tokens or gets them: a form that was sent twice. */
  | 'approved'
  /** The transaction or the device code is unknown, expired, decided otherwise, or not both approved and authenticated. */
  | 'refused';

/** The state machine, each step one conditional statement. Expired and ended transactions take no step. */
export interface AuthorizationTransactionStore {
  create(transaction: RequestedTransaction): Promise<void>;
  /** The transaction, whatever its status; undefined when unknown or expired. */
  find(tenantId: TenantId, transactionHash: Sha256, now: EpochSeconds): Promise<AuthorizationTransaction | undefined>;
  /** Notes who the user is. Again with another subject replaces the first and takes back an approval. */
  authenticate(
    tenantId: TenantId,
    transactionHash: Sha256,
    subject: string,
    authenticatedAt: EpochSeconds,
    now: EpochSeconds,
  ): Promise<boolean>;
  /** Notes what the user approved. */
  approve(tenantId: TenantId, transactionHash: Sha256, scopes: readonly string[], now: EpochSeconds): Promise<boolean>;
  /**
   * Ends an approved and authenticated transaction with a code: decided by one conditional statement; the code's row, the
   * consent and the event are written in the same transaction. Scopes of a stored consent are kept beside the new ones,
   * as long as both were given to the same document; otherwise the new consent takes its place. A pushed request that it
   * began with is used up by a conditional statement in the same transaction; one that was used before refuses.
   *
   * Only for a transaction whose answer is a redirect.
   */
  issue(
    tenantId: TenantId,
    transactionHash: Sha256,
    code: AuthorizationCode,
    consent: Consent,
    sealedResponse: string,
    now: EpochSeconds,
    event: AuditEvent,
  ): Promise<TransactionIssue>;
  /**
   * Ends an approved and authenticated transaction by letting its device have tokens (RFC 8628 §3.3): the device code, which
   * has to be pending and alive, is approved by one conditional statement; the consent and the event are written in the same
   * transaction, as {@link AuthorizationTransactionStore.issue} writes them. Only for a transaction whose answer is a device.
   */
  approveDevice(
    tenantId: TenantId,
    transactionHash: Sha256,
    approval: DeviceApproval,
    consent: Consent,
    now: EpochSeconds,
    event: AuditEvent,
  ): Promise<DeviceApprovalOutcome>;
  /** Ends an open transaction without a code. A pushed request that it began with is used up in the same transaction (RFC 9126
   * §7.3); that it was used before refuses nothing. Where a device waits for it, its code is denied by one conditional statement
   * in the same transaction. False, and nothing changed or written, when the transaction was not open, or the device's code was
   * not pending: what was approved on another page is not taken back by this one. */
  deny(tenantId: TenantId, transactionHash: Sha256, now: EpochSeconds, event: AuditEvent): Promise<boolean>;
}
