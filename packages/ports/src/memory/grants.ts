import type { Sha256, TenantId } from '@portcullis/protocol';
import type { FoundGrant, GrantStore } from '../stores/grants.js';
import {
  addMark,
  endGrants,
  type GrantRow,
  type MemoryState,
  type RefreshTokenRow,
  revokeGrant,
} from './memory-state.js';

/** {@link GrantStore} in memory. */
export function createGrantStore(state: MemoryState): GrantStore {
  function find(tenantId: TenantId, tokenHash: Sha256): { row: RefreshTokenRow; granted: GrantRow } | undefined {
    const row = state.refreshTokens.get(tenantId, tokenHash);
    const granted = row && state.grants.get(tenantId, row.refreshToken.grantId);
    return granted && { row, granted };
  }

  function toFound({ grant, revoked, lastUsedAtEpochSeconds }: GrantRow): FoundGrant {
    return { grant, revoked, lastUsedAtEpochSeconds };
  }

  return {
    async find(tenantId, grantId) {
      const row = state.grants.get(tenantId, grantId);
      return row && toFound(row);
    },

    async listOfUser(tenantId, subject, now) {
      return state.grants
        .rows(tenantId)
        .filter(({ grant, revoked }) => grant.subject === subject && !revoked && grant.expiresAtEpochSeconds > now)
        .map(toFound)
        .sort(
          ({ grant: a }, { grant: b }) =>
            b.createdAtEpochSeconds - a.createdAtEpochSeconds || (a.grantId < b.grantId ? -1 : 1),
        );
    },

    async findByRefreshToken(tenantId, tokenHash) {
      const found = find(tenantId, tokenHash);
      if (found === undefined) return undefined;
      const { grant, revoked } = found.granted;
      const { refreshToken, rotatedAtEpochSeconds: atEpochSeconds, successorSalt } = found.row;
      const user = state.users.get(tenantId, grant.subject);
      return {
        grant,
        revoked,
        rotated:
          atEpochSeconds === undefined ? undefined : { atEpochSeconds, successorUsed: successorSalt === undefined },
        userGone: user === undefined || user.disabled,
        expiresAtEpochSeconds: refreshToken.expiresAtEpochSeconds,
      };
    },

    async rotate(tenantId, request, now, events) {
      const found = find(tenantId, request.tokenHash);
      if (found === undefined) return { outcome: 'refused' };
      const { row, granted } = found;
      const { grantId, expiresAtEpochSeconds } = granted.grant;
      if (row.refreshToken.expiresAtEpochSeconds <= now) return { outcome: 'refused' };
      if (request.successor.grantId !== grantId) throw new Error('The successor belongs to another grant');
      if (expiresAtEpochSeconds <= now) return { outcome: 'refused' };

      if (row.rotatedAtEpochSeconds !== undefined) {
        const inGrace = Math.abs(now - row.rotatedAtEpochSeconds) < request.graceSeconds;
        if (inGrace && row.successorSalt !== undefined) {
          if (granted.revoked) return { outcome: 'refused' };
          state.grants.put(tenantId, grantId, { ...granted, lastUsedAtEpochSeconds: now });
          state.events.push(events.repeated);
          return { outcome: 'repeated', successorSalt: row.successorSalt };
        }
        revokeGrant(state, tenantId, grantId, now, request.markLifetimeSeconds);
        state.events.push(events.reused);
        return { outcome: 'reused' };
      }
      if (granted.revoked) return { outcome: 'refused' };

      state.refreshTokens.insert(tenantId, request.successor.tokenHash, {
        refreshToken: request.successor,
        predecessorHash: request.tokenHash,
        rotatedAtEpochSeconds: undefined,
        successorSalt: undefined,
      });
      const { successorSalt } = request;
      // From now on it ends with its grant: whoever presents it again is found out for as long as there is something to revoke.
      const refreshToken = { ...row.refreshToken, expiresAtEpochSeconds };
      const rotated = { ...row, refreshToken, rotatedAtEpochSeconds: now, successorSalt };
      state.refreshTokens.put(tenantId, request.tokenHash, rotated);
      const predecessor = row.predecessorHash && state.refreshTokens.get(tenantId, row.predecessorHash);
      if (predecessor) {
        const { tokenHash } = predecessor.refreshToken;
        state.refreshTokens.put(tenantId, tokenHash, { ...predecessor, successorSalt: undefined });
      }
      state.grants.put(tenantId, grantId, { ...granted, lastUsedAtEpochSeconds: now });
      const client = state.clients.get(tenantId, granted.grant.clientId);
      if (client !== undefined) {
        state.clients.put(tenantId, granted.grant.clientId, { ...client, usedAtEpochSeconds: now });
      }
      state.events.push(events.rotated);
      return { outcome: 'rotated' };
    },

    async hasLiveGrant(tenantId, subject, clientId, now) {
      return state.grants
        .rows(tenantId)
        .some(
          ({ grant, revoked }) =>
            grant.subject === subject && grant.clientId === clientId && !revoked && grant.expiresAtEpochSeconds > now,
        );
    },

    async revoke(tenantId, grantId, now, markLifetimeSeconds, event) {
      if (!revokeGrant(state, tenantId, grantId, now, markLifetimeSeconds)) return false;
      state.events.push(event);
      return true;
    },

    async revokeWithoutRow(tenantId, grantId, { now, markLifetimeSeconds }, event) {
      const isMarked = state.marks.some(
        (mark) =>
          mark.tenantId === tenantId &&
          mark.kind === 'grant' &&
          mark.value === grantId &&
          mark.expiresAtEpochSeconds > now,
      );
      if (isMarked) return false;
      addMark(state, tenantId, 'grant', grantId, now, markLifetimeSeconds);
      state.events.push(event);
      return true;
    },

    async disconnect(tenantId, subject, clientId, revocation, event) {
      const isMeant = (one: { subject?: string | undefined; clientId: string }): boolean =>
        one.subject === subject && one.clientId === clientId;
      if (!endGrants(state, tenantId, isMeant, revocation)) return false;
      state.events.push(event);
      return true;
    },
  };
}
