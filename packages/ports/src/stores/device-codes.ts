import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { TokenEndpointAuthMethod } from './clients.js';
import type { Grant, StoredRefreshToken } from './grants.js';

/** What a device asked for (RFC 8628 §3.1). All of it is fixed when the codes are issued. */
export interface DeviceAuthorization {
  readonly tenantId: TenantId;
  readonly deviceCodeHash: Sha256;
  /** Of the user code as it is written without dashes, in upper case. No two that are pending have one. */
  readonly userCodeHash: Sha256;
  readonly clientId: string;
  /** How the client had to prove who it is when the codes were issued: it may not become easier until they are redeemed. */
  readonly clientAuthMethod: TokenEndpointAuthMethod;
  readonly resource: ResourceIdentifier;
  readonly requestedScopes: readonly string[];
  readonly createdAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
  /** Shortest time between two polls, as it was told to the device. */
  readonly intervalSeconds: number;
}

/** What a person let a device do. */
export interface DeviceApproval {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  /** The grant that redeeming will create. */
  readonly grantId: string;
}

/** A device code as it was found. */
export interface FoundDeviceAuthorization extends DeviceAuthorization {
  readonly status: 'pending' | 'approved' | 'denied' | 'redeemed';
  /** Undefined until it is approved. */
  readonly approval: DeviceApproval | undefined;
}

/** How much longer a device that polled too fast has to wait from then on (RFC 8628 §3.5). */
export const SLOW_DOWN_SECONDS = 5;

/** How much too early a poll may come and still be in time: the replicas that note two polls each go by their own clock, and
 * a device that keeps exactly to its interval is not to pay for it. */
export const POLL_SLACK_SECONDS = 2;

/** Device codes and the user codes that belong to them. They are approved and denied by the transactions of people. */
export interface DeviceCodeStore {
  /** Stores new codes. `taken` where a live, pending one has the same user code. */
  create(authorization: DeviceAuthorization): Promise<'created' | 'taken'>;
  /** The pending, live authorization of a user code. */
  findByUserCode(
    tenantId: TenantId,
    userCodeHash: Sha256,
    now: EpochSeconds,
  ): Promise<FoundDeviceAuthorization | undefined>;
  /** The facts, whatever became of it. Consumes nothing. */
  find(tenantId: TenantId, deviceCodeHash: Sha256): Promise<FoundDeviceAuthorization | undefined>;
  /**
   * Notes that the device asked while the code is pending. One conditional statement decides whether it may have: `too_fast`
   * within the interval since the last time, less {@link POLL_SLACK_SECONDS}, which then grows by {@link SLOW_DOWN_SECONDS}.
   */
  poll(tenantId: TenantId, deviceCodeHash: Sha256, now: EpochSeconds): Promise<'noted' | 'too_fast'>;
  /**
   * Redeems an approved code exactly once, before it expires. One conditional statement decides the winner; grant, refresh
   * token, the use of the client and the event are written in the same transaction. Refused where it was redeemed before,
   * has vanished or expired, or its user is gone. A loser ends nothing: a device that polls twice at once is no thief.
   */
  redeem(
    tenantId: TenantId,
    deviceCodeHash: Sha256,
    grant: Grant,
    refreshToken: StoredRefreshToken | undefined,
    now: EpochSeconds,
    markLifetimeSeconds: number,
    event: AuditEvent,
  ): Promise<'redeemed' | 'refused'>;
}
