import type { AuthorizationCodeStore } from '../stores/authorization-codes.js';
import { requireOwnGrant } from '../stores/own-grant.js';
import { type MemoryState, revokeGrant } from './memory-state.js';

/** {@link AuthorizationCodeStore} in memory. */
export function createAuthorizationCodeStore(state: MemoryState): AuthorizationCodeStore {
  return {
    async find(tenantId, codeHash) {
      const row = state.codes.get(tenantId, codeHash);
      return row && { ...row.code, redeemed: row.redeemed };
    },
    async redeem(tenantId, codeHash, grant, refreshToken, now, markLifetimeSeconds, events) {
      const row = state.codes.get(tenantId, codeHash);
      if (row === undefined) return { outcome: 'refused' };
      const { code } = row;
      requireOwnGrant(tenantId, code, grant, refreshToken);
      if (row.redeemed) {
        revokeGrant(state, tenantId, code.grantId, now, markLifetimeSeconds);
        state.events.push(events.replayed);
        return { outcome: 'replayed' };
      }
      if (code.expiresAtEpochSeconds <= now) return { outcome: 'refused' };
      const user = state.users.get(tenantId, code.subject);
      if (user === undefined || user.disabled || code.codeChallenge === undefined) return { outcome: 'refused' };

      if (refreshToken !== undefined) state.refreshTokens.requireFree(tenantId, refreshToken.tokenHash);
      const keptUntilEpochSeconds = grant.expiresAtEpochSeconds + markLifetimeSeconds;
      state.grants.insert(tenantId, grant.grantId, {
        grant,
        revoked: false,
        keptUntilEpochSeconds,
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
      state.codes.put(tenantId, codeHash, { code, redeemed: true });
      const client = state.clients.get(tenantId, code.clientId);
      if (client !== undefined) state.clients.put(tenantId, code.clientId, { ...client, usedAtEpochSeconds: now });
      state.events.push(events.redeemed);
      return { outcome: 'redeemed' };
    },
  };
}
