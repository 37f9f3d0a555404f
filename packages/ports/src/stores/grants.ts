import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';

/** What one user let one client do at one resource. Refresh tokens and access tokens live and die with it. */
export interface Grant {
  readonly tenantId: TenantId;
  readonly grantId: string;
  readonly subject: string;
  readonly clientId: string;
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  /** When the user proved who they are, before they consented. */
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  readonly createdAtEpochSeconds: EpochSeconds;
  /** The absolute end of its refresh tokens. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** A refresh token's row. The token itself is known to the client alone. */
export interface StoredRefreshToken {
  readonly tokenHash: Sha256;
  readonly grantId: string;
  /** The idle end: unused until then, it is dead. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** A refresh token as it was found, with its grant. Nothing is consumed by looking. */
export interface FoundRefreshToken {
  readonly grant: Grant;
  readonly revoked: boolean;
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** What {@link GrantStore.rotate} decided. */
export type Rotation =
  | { readonly outcome: 'rotated' }
  /** Within the grace: the one successor, as it was sealed for the holder of the predecessor. */
  | { readonly outcome: 'repeated'; readonly sealedSuccessor: string }
  /** Presented again outside the grace. The grant is revoked. */
  | { readonly outcome: 'reused' }
  /** Unknown, expired, or its grant ended. */
  | { readonly outcome: 'refused' };

/** A rotation as it is asked for. */
export interface RotationRequest {
  readonly tokenHash: Sha256;
  readonly successor: StoredRefreshToken;
  /** The successor itself, sealed under a key derived from the predecessor. */
  readonly sealedSuccessor: string;
  /** 0 switches the grace off. */
  readonly graceSeconds: number;
  readonly markLifetimeSeconds: number;
}

/** Events for each way a rotation can end; the one that came true is written with it. */
export interface RotationEvents {
  readonly rotated: AuditEvent;
  readonly repeated: AuditEvent;
  readonly reused: AuditEvent;
}

/** Grants and their refresh tokens. */
export interface GrantStore {
  findByRefreshToken(tenantId: TenantId, tokenHash: Sha256): Promise<FoundRefreshToken | undefined>;
  /**
   * Rotates a refresh token (RFC 9700 §4.14.2). One conditional statement decides who rotates; the successor's row and
   * the event are written in the same transaction. There is never more than one successor: within the grace, and until
   * the successor is first used, the same predecessor is answered with that same one. Anything else is reuse and
   * revokes the grant in the same transaction.
   */
  rotate(tenantId: TenantId, request: RotationRequest, now: EpochSeconds, events: RotationEvents): Promise<Rotation>;
  /** Whether the user has a live grant for this client. */
  hasLiveGrant(tenantId: TenantId, subject: string, clientId: string, now: EpochSeconds): Promise<boolean>;
  /** Ends a grant and marks it, so that its access tokens stop as well. False when it had ended before. */
  revoke(
    tenantId: TenantId,
    grantId: string,
    now: EpochSeconds,
    markLifetimeSeconds: number,
    event: AuditEvent,
  ): Promise<boolean>;
}
