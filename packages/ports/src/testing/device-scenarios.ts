import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { DeviceApprovalOutcome } from '../stores/authorization-transactions.js';
import type { DeviceApproval, DeviceAuthorization } from '../stores/device-codes.js';
import type { Grant, StoredRefreshToken } from '../stores/grants.js';
import type { Storage } from '../stores/storage.js';
import {
  consent,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  RESOURCE,
  refreshToken,
  TENANT_A,
  transaction,
  user,
} from './fixtures.js';

/** A device code of ten minutes, to be asked for every five seconds. */
export function deviceAuthorization(changes: Partial<DeviceAuthorization> = {}): DeviceAuthorization {
  return {
    tenantId: TENANT_A,
    deviceCodeHash: 'device-1',
    userCodeHash: 'user-code-1',
    clientId: 'client-1',
    clientAuthMethod: 'none',
    resource: RESOURCE,
    requestedScopes: ['mcp:tools:read', 'mcp:tools:execute'],
    createdAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 600,
    intervalSeconds: 5,
    ...changes,
  };
}

/** What Alice lets a device do. */
export function deviceApproval(changes: Partial<DeviceApproval> = {}): DeviceApproval {
  return {
    subject: 'subject-alice',
    scopes: ['mcp:tools:read'],
    authenticatedAtEpochSeconds: NOW - 60,
    grantId: 'grant-1',
    ...changes,
  };
}

/** Begins the transaction of a person at the page for devices, named after the device code, and takes it to where only the
 * last step is missing. The user is added where unknown. */
export async function prepareApproval(
  storage: Storage,
  device: DeviceAuthorization,
  approval: DeviceApproval = deviceApproval(),
  transactionHash = `transaction of ${device.deviceCodeHash}`,
): Promise<void> {
  const { tenantId, deviceCodeHash, clientId, resource } = device;
  const { subject, scopes } = approval;
  if ((await storage.users.findBySubject(tenantId, subject)) === undefined) {
    await storage.users.add(user({ tenantId, subject, username: `user ${subject}` }), event('user.added', tenantId));
  }
  const answer = { kind: 'device', deviceCodeHash } as const;
  await storage.transactions.create(transaction({ tenantId, transactionHash, clientId, resource, answer }));
  await storage.transactions.authenticate(tenantId, transactionHash, subject, NOW, NOW);
  await storage.transactions.approve(tenantId, transactionHash, scopes, NOW);
}

/** The last step of a transaction that {@link prepareApproval} began. */
export function finishApproval(
  storage: Storage,
  device: DeviceAuthorization,
  approval: DeviceApproval = deviceApproval(),
  now: EpochSeconds = NOW,
  transactionHash = `transaction of ${device.deviceCodeHash}`,
): Promise<DeviceApprovalOutcome> {
  const { tenantId, clientId, resource } = device;
  const { subject, scopes } = approval;
  return storage.transactions.approveDevice(
    tenantId,
    transactionHash,
    approval,
    consent({ tenantId, subject, clientId, resource, scopes }),
    now,
    event('device.approved', tenantId),
  );
}

/** Brings an approved device code into the store the only way there is. */
export async function approveDevice(
  storage: Storage,
  changes: Partial<DeviceAuthorization> = {},
  approval: DeviceApproval = deviceApproval(),
): Promise<void> {
  const device = deviceAuthorization(changes);
  const created = await storage.deviceCodes.create(device);
  await prepareApproval(storage, device, approval);
  const outcome = await finishApproval(storage, device, approval);
  if (created !== 'created' || outcome !== 'approved') {
    throw new Error(`The device was not approved: ${created}, ${outcome}`);
  }
}

/** What a redemption of a device code may change from the fixtures. */
export interface DeviceRedemptionChanges {
  readonly deviceCodeHash?: string;
  readonly tenantId?: TenantId;
  readonly grant?: Partial<Grant>;
  readonly refreshToken?: Partial<StoredRefreshToken>;
  readonly now?: EpochSeconds;
}

/** Redeems a device code of the fixtures. */
export function redeemDevice(storage: Storage, changes: DeviceRedemptionChanges = {}): Promise<'redeemed' | 'refused'> {
  const { tenantId = TENANT_A } = changes;
  const granted = grant({ tenantId, ...changes.grant });
  return storage.deviceCodes.redeem(
    tenantId,
    changes.deviceCodeHash ?? 'device-1',
    granted,
    refreshToken({ grantId: granted.grantId, ...changes.refreshToken }),
    changes.now ?? NOW,
    MARK_LIFETIME_SECONDS,
    event('device_code.redeemed', tenantId),
  );
}
