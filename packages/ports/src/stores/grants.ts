import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { TokenEndpointAuthMethod } from './clients.js';
import type { Revocation } from './revocation-marks.js';

/** What one user let one client do at one resource. Refresh tokens and access tokens live and die with it. */
export interface Grant {
  readonly tenantId: TenantId;
  readonly grantId: string;
  readonly subject: string;
  readonly clientId: string;
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  /** How the client had to prove who it is when the code of the grant was issued: it may not become easier afterwards. */
  readonly clientAuthMethod: TokenEndpointAuthMethod;
  /** When the user proved who they are, before they consented. */
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  /** RFC 7638 thumbprint of the key that the refresh tokens of a public client are bound to (RFC 9449 §5). @defaultValue none */
  readonly dpopKeyThumbprint?: string;
  /** Of a client that registered itself: the fingerprint of what it said when the user consented. It has to say that still,
   * whatever comes between the two. @defaultValue any description will do */
  readonly registrationFingerprint?: Sha256;
  readonly createdAtEpochSeconds: EpochSeconds;
  /** The absolute end of its refresh tokens. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** A refresh token's row. The token itself is known to the client alone. */
export interface StoredRefreshToken {
  readonly tokenHash: Sha256;
  readonly grantId: string;
  /** The idle end: unused until then, it is dead. A rotation puts the end of the grant in its place. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** A grant as it was found. */
export interface FoundGrant {
  readonly grant: Grant;
  readonly revoked: boolean;
  /** When its code was redeemed or a refresh token of it last yielded an access token. */
  readonly lastUsedAtEpochSeconds: EpochSeconds;
}

/** A refresh token as it was found, with its grant. Nothing is consumed by looking. */
export interface FoundRefreshToken {
  readonly grant: Grant;
  readonly revoked: boolean;
  /** Undefined until it has a successor: whoever presents it then, outside the grace, is reusing it. */
  readonly rotated: EarlierRotation | undefined;
  /** Whether the user of the grant was removed or disabled. Found in the same look-up, since every refresh asks. */
  readonly userGone: boolean;
  /** The idle end; of one that was rotated, the end of its grant. Only of one that was not does it decide anything. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** That a refresh token became its successor. Neither is ever taken back. */
export interface EarlierRotation {
  readonly atEpochSeconds: EpochSeconds;
  /** Whether the successor was used: the grace ended there. */
  readonly successorUsed: boolean;
}

/** What {@link GrantStore.rotate} decided. */
export type Rotation =
  | { readonly outcome: 'rotated' }
  /** Within the grace: what the holder of the predecessor makes the one successor from. */
  | { readonly outcome: 'repeated'; readonly successorSalt: string }
  /** Presented again outside the grace. The grant is revoked. */
  | { readonly outcome: 'reused' }
  /** Unknown, expired without having been rotated, or its grant ended. */
  | { readonly outcome: 'refused' };

/** A rotation as it is asked for. */
export interface RotationRequest {
  readonly tokenHash: Sha256;
  readonly successor: StoredRefreshToken;
  /** What the successor was made from, together with the predecessor: neither is worth anything without the other. */
  readonly successorSalt: string;
  /** How far `now` may be from the time of the rotation, before or after it, for the token to be repeated. 0 switches the grace
   * off. */
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
  /** A grant, whether or not it was revoked or has expired. */
  find(tenantId: TenantId, grantId: string): Promise<FoundGrant | undefined>;
  /** The live grants of a user, newest first. */
  listOfUser(tenantId: TenantId, subject: string, now: EpochSeconds): Promise<readonly FoundGrant[]>;
  findByRefreshToken(tenantId: TenantId, tokenHash: Sha256): Promise<FoundRefreshToken | undefined>;
  /**
   * Rotates a refresh token (RFC 9700 §4.14.2). One conditional statement decides who rotates; the successor's row and
   * the event are written in the same transaction. There is never more than one successor: within the grace, and until
   * the successor is first used, the same predecessor is answered with that same one. Anything else is reuse and
   * revokes the grant in the same transaction.
   *
   * That holds for as long as the grant does: with its rotation a token's end becomes that of its grant, so that neither its
   * idle end nor a sweep lets it be forgotten, and with it that it was copied. It costs a row for each rotation until then.
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
  /**
   * Marks a grant id that has no row: that of an access token which a client got in its own name (RFC 6749 §4.4). False
   * when a live mark is there already.
   */
  revokeWithoutRow(tenantId: TenantId, grantId: string, revocation: Revocation, event: AuditEvent): Promise<boolean>;
  /** Takes a client off a user's account: ends its open transactions, codes and grants for this user with their marks,
   * and forgets the consents. False when there was nothing of it. */
  disconnect(
    tenantId: TenantId,
    subject: string,
    clientId: string,
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<boolean>;
}
