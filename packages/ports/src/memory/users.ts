import type { TenantId } from '@portcullis/protocol';
import type { User, UserRevocation, UserStore } from '../stores/users.js';
import { addMark, type MemoryState, revokeGrant } from './memory-state.js';

/** {@link UserStore} in memory. */
export function createUserStore(state: MemoryState): UserStore {
  function findByUsername(tenantId: TenantId, username: string): User | undefined {
    return state.users.rows(tenantId).find((user) => user.username === username);
  }

  return {
    async add(user, event) {
      if (findByUsername(user.tenantId, user.username) !== undefined) return 'exists';
      state.users.insert(user.tenantId, user.subject, user);
      state.events.push(event);
      return 'added';
    },
    async findByUsername(tenantId, username) {
      return findByUsername(tenantId, username);
    },
    async findBySubject(tenantId, subject) {
      return state.users.get(tenantId, subject);
    },
    async list(tenantId) {
      return [...state.users.rows(tenantId)].sort((a, b) => (a.username < b.username ? -1 : 1));
    },
    async remove(tenantId, username, revocation, event) {
      const user = findByUsername(tenantId, username);
      if (user === undefined) return 'unknown';
      state.users.deleteWhere(tenantId, (row) => row.subject === user.subject);
      endEverythingOf(state, tenantId, user.subject, revocation);
      addMark(state, tenantId, 'subject', user.subject, revocation.now, revocation.markLifetimeSeconds);
      state.events.push(event);
      return 'removed';
    },
    async resetPassword(tenantId, username, passwordHash, revocation, event) {
      const user = findByUsername(tenantId, username);
      if (user === undefined) return 'unknown';
      state.users.put(tenantId, user.subject, { ...user, passwordHash });
      endEverythingOf(state, tenantId, user.subject, revocation);
      state.events.push(event);
      return 'reset';
    },
  };
}

/** Ends sessions, open transactions, codes and grants: all that the old password, or the removed user, had opened. */
function endEverythingOf(state: MemoryState, tenantId: TenantId, subject: string, revocation: UserRevocation): void {
  state.signInSessions.deleteWhere(tenantId, (session) => session.subject === subject);
  state.transactions.deleteWhere(
    tenantId,
    ({ transaction }) => transaction.subject === subject && transaction.status === 'open',
  );
  state.codes.deleteWhere(tenantId, ({ code }) => code.subject === subject);
  for (const { grant } of state.grants.rows(tenantId)) {
    if (grant.subject === subject) {
      revokeGrant(state, tenantId, grant.grantId, revocation.now, revocation.markLifetimeSeconds);
    }
  }
}
