import {
  type DeviceCodeStore,
  type FoundDeviceAuthorization,
  POLL_SLACK_SECONDS,
  SLOW_DOWN_SECONDS,
} from '../stores/device-codes.js';
import { requireOwnGrant } from '../stores/own-grant.js';
import type { DeviceCodeRow, MemoryState } from './memory-state.js';

/** {@link DeviceCodeStore} in memory. */
export function createDeviceCodeStore(state: MemoryState): DeviceCodeStore {
  return {
    async create(authorization) {
      const { tenantId, userCodeHash, createdAtEpochSeconds: now } = authorization;
      const isTaken = state.deviceCodes
        .rows(tenantId)
        .some((row) => row.userCodeHash === userCodeHash && isPending(row, now));
      if (isTaken) return 'taken';
      const { intervalSeconds } = authorization;
      const row: DeviceCodeRow = {
        ...authorization,
        status: 'pending',
        approval: undefined,
        polledAt: undefined,
        pace: intervalSeconds,
      };
      state.deviceCodes.insert(tenantId, authorization.deviceCodeHash, row);
      return 'created';
    },
    async findByUserCode(tenantId, userCodeHash, now) {
      const row = state.deviceCodes
        .rows(tenantId)
        .find((one) => one.userCodeHash === userCodeHash && isPending(one, now));
      return row && toFound(row);
    },
    async find(tenantId, deviceCodeHash) {
      const row = state.deviceCodes.get(tenantId, deviceCodeHash);
      return row && toFound(row);
    },
    async poll(tenantId, deviceCodeHash, now) {
      const row = state.deviceCodes.get(tenantId, deviceCodeHash);
      if (row === undefined) return 'noted';
      const isTooFast = row.polledAt !== undefined && now < row.polledAt + row.pace - POLL_SLACK_SECONDS;
      const pace = isTooFast ? row.pace + SLOW_DOWN_SECONDS : row.pace;
      state.deviceCodes.put(tenantId, deviceCodeHash, { ...row, polledAt: now, pace });
      return isTooFast ? 'too_fast' : 'noted';
    },
    async redeem(tenantId, deviceCodeHash, grant, refreshToken, now, markLifetimeSeconds, event) {
      const row = state.deviceCodes.get(tenantId, deviceCodeHash);
      if (row?.approval === undefined) return 'refused';
      const { subject, grantId } = row.approval;
      requireOwnGrant(tenantId, { grantId }, grant, refreshToken);
      if (row.status !== 'approved' || row.expiresAtEpochSeconds <= now) return 'refused';
      const user = state.users.get(tenantId, subject);
      if (user === undefined || user.disabled) return 'refused';

      if (refreshToken !== undefined) state.refreshTokens.requireFree(tenantId, refreshToken.tokenHash);
      state.grants.insert(tenantId, grantId, {
        grant,
        revoked: false,
        keptUntilEpochSeconds: grant.expiresAtEpochSeconds + markLifetimeSeconds,
        lastUsedAtEpochSeconds: now,
      });
      if (refreshToken !== undefined) {
        state.refreshTokens.insert(tenantId, refreshToken.tokenHash, {
          refreshToken,
          predecessorHash: undefined,
          rotatedAtEpochSeconds: undefined,
          successorSalt: undefined,
        });
      }
      state.deviceCodes.put(tenantId, deviceCodeHash, { ...row, status: 'redeemed' });
      const client = state.clients.get(tenantId, row.clientId);
      if (client !== undefined) state.clients.put(tenantId, row.clientId, { ...client, usedAtEpochSeconds: now });
      state.events.push(event);
      return 'redeemed';
    },
  };
}

function isPending({ status, expiresAtEpochSeconds }: DeviceCodeRow, now: number): boolean {
  return status === 'pending' && expiresAtEpochSeconds > now;
}

function toFound({ polledAt: _polledAt, pace: _pace, ...found }: DeviceCodeRow): FoundDeviceAuthorization {
  return found;
}
