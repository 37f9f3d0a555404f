import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { TokenEndpointAuthMethod } from './clients.js';
import type { Grant, StoredRefreshToken } from './grants.js';

/** What an authorization code stands for. All of it is fixed when the code is issued. */
export interface AuthorizationCode {
  readonly tenantId: TenantId;
  readonly codeHash: Sha256;
  readonly clientId: string;
  readonly redirectUri: string;
  /** PKCE, S256 (RFC 7636). A row without one (imported, tampered with) is never redeemable. */
  readonly codeChallenge: string | undefined;
  readonly codeChallengeMethod: 'S256' | undefined;
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  readonly subject: string;
  /** How the client had to prove who it is when the code was issued: it may not become easier until it is redeemed. */
  readonly clientAuthMethod: TokenEndpointAuthMethod;
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  /** RFC 7638 thumbprint of the only key that may redeem it (RFC 9449 §10). @defaultValue none */
  readonly dpopKeyThumbprint?: string;
  /** Of a client that registered itself: the fingerprint of what it said when the user consented. It has to say that still,
   * whatever comes between the two. @defaultValue any description will do */
  readonly registrationFingerprint?: Sha256;
  /** The grant that redeeming will create, and that a replay revokes. */
  readonly grantId: string;
  readonly issuedAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** A code as it was found. Redeemed ones are kept for a while: see `REDEEMED_CODE_SECONDS`. */
export interface FoundAuthorizationCode extends AuthorizationCode {
  readonly redeemed: boolean;
}

/** Who won. `refused` is a code that vanished or expired before it was redeemed, or whose user is gone. */
export type Redemption =
  | { readonly outcome: 'redeemed' }
  | { readonly outcome: 'replayed' }
  | { readonly outcome: 'refused' };

/** Events for each way a redemption can end; the one that came true is written with it. */
export interface RedemptionEvents {
  readonly redeemed: AuditEvent;
  readonly replayed: AuditEvent;
}

/** Authorization codes, by hash. */
export interface AuthorizationCodeStore {
  /** The facts, whether or not the code was redeemed or has expired. Consumes nothing. */
  find(tenantId: TenantId, codeHash: Sha256): Promise<FoundAuthorizationCode | undefined>;
  /**
   * Redeems a code exactly once, before it expires (RFC 6749 §4.1.2). One conditional statement decides the winner; the
   * grant, the refresh token and the event are written in the same transaction. A loser revokes the grant in its own, after
   * the expiry as well: the caller has checked client, redirect, PKCE and resource before, so a replay that reaches this
   * act is a fully valid one.
   */
  redeem(
    tenantId: TenantId,
    codeHash: Sha256,
    grant: Grant,
    refreshToken: StoredRefreshToken | undefined,
    now: EpochSeconds,
    markLifetimeSeconds: number,
    events: RedemptionEvents,
  ): Promise<Redemption>;
}
