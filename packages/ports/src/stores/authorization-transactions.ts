import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { AuthorizationCode } from './authorization-codes.js';
import type { Consent } from './consents.js';

/**
 * One run of a browser through the authorization endpoint:
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
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly codeChallenge: string;
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
   * as long as both were given to the same document; otherwise the new consent takes its place.
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
  /** Ends an open transaction without a code. False when it was not open. */
  deny(tenantId: TenantId, transactionHash: Sha256, now: EpochSeconds, event: AuditEvent): Promise<boolean>;
}
