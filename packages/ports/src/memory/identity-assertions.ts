import { stillAllows } from '../stores/consents.js';
import type { IdentityAssertionStore } from '../stores/identity-assertions.js';
import { requireOwnGrant } from '../stores/own-grant.js';
import { consentKey, type MemoryState } from './memory-state.js';

/** {@link IdentityAssertionStore} in memory. */
export function createIdentityAssertionStore(state: MemoryState): IdentityAssertionStore {
  return {
    async redeem(tenantId, use, now, markLifetimeSeconds, events) {
      const { idHash, expiresAtEpochSeconds, user, admitsNewUsers, consent, grant } = use;
      requireOwnGrant(tenantId, user, grant);
      const key = `identity_assertion ${idHash}`;
      const heldUntil = state.oneTimeIds.get(tenantId, key);
      if (heldUntil !== undefined && heldUntil > now) return 'replayed';
      const known = state.users.get(tenantId, user.subject);
      if (known === undefined ? !admitsNewUsers : known.disabled) return 'user_gone';
      if (consent !== undefined && !stillAllows(state.consents.get(tenantId, consentKey(grant)), consent)) {
        return 'without_consent';
      }

      state.grants.requireFree(tenantId, grant.grantId);
      state.oneTimeIds.put(tenantId, key, expiresAtEpochSeconds);
      if (known === undefined) {
        state.users.insert(tenantId, user.subject, { ...user, passwordHash: undefined, disabled: false });
        state.events.push(events.recognised);
      } else if (known.passwordHash === undefined) {
        state.users.put(tenantId, user.subject, { ...known, username: user.username });
      }
      state.grants.insert(tenantId, grant.grantId, {
        grant,
        revoked: false,
        keptUntilEpochSeconds: grant.expiresAtEpochSeconds + markLifetimeSeconds,
        lastUsedAtEpochSeconds: now,
      });
      const client = state.clients.get(tenantId, grant.clientId);
      if (client !== undefined) state.clients.put(tenantId, grant.clientId, { ...client, usedAtEpochSeconds: now });
      state.events.push(events.issued);
      return 'issued';
    },
  };
}
