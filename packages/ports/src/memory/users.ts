import type { TenantId } from '@portcullis/protocol';
import type { Revocation } from '../stores/revocation-marks.js';
import type { User, UserStore } from '../stores/users.js';
import { addMark, endGrants, type MemoryState } from './memory-state.js';

/** {@link UserStore} in memory. */
export function createUserStore(state: MemoryState): UserStore {
  function findByUsername(tenantId: TenantId, username: string): User | undefined {
    return state.users.rows(tenantId).find((user) => user.username === username && user.passwordHash !== undefined);
  }

  function put(user: User): void {
    state.users.put(user.tenantId, user.subject, user);
  }

  return {
    async add(user, event) {
      const isTaken = findByUsername(user.tenantId, user.username) !== undefined;
      if (user.passwordHash !== undefined && isTaken) return 'exists';
      state.users.insert(user.tenantId, user.subject, user);
      state.events.push(event);
      return 'added';
    },
    async recognise(user, event) {
      const held = state.users.get(user.tenantId, user.subject);
      if (held?.passwordHash !== undefined) return held;
      const recognised =
        held === undefined
          ? { ...user, passwordHash: undefined, disabled: false }
          : { ...held, username: user.username };
      put(recognised);
      if (held === undefined) state.events.push(event);
      return recognised;
    },
    async findByUsername(tenantId, username) {
      return findByUsername(tenantId, username);
    },
    async findBySubject(tenantId, subject) {
      return state.users.get(tenantId, subject);
    },
    async list(tenantId) {
      return [...state.users.rows(tenantId)].sort(
        (a, b) => compare(a.username, b.username) || compare(a.subject, b.subject),
      );
    },
    async remove(tenantId, subject, revocation, event) {
      const user = state.users.get(tenantId, subject);
      if (user === undefined) return 'unknown';
      state.users.deleteWhere(tenantId, (row) => row.subject === subject);
      endEverythingOf(state, tenantId, subject, revocation);
      if (user.passwordHash !== undefined) {
        addMark(state, tenantId, 'subject', subject, revocation.now, revocation.markLifetimeSeconds);
      }
      state.events.push(event);
      return 'removed';
    },
    async resetPassword(tenantId, subject, passwordHash, revocation, event) {
      const user = state.users.get(tenantId, subject);
      if (user?.passwordHash === undefined) return 'unknown';
      put({ ...user, passwordHash });
      endEverythingOf(state, tenantId, subject, revocation);
      state.events.push(event);
      return 'reset';
    },
    async disable(tenantId, subject, revocation, event) {
      const user = state.users.get(tenantId, subject);
      if (user === undefined) return 'unknown';
      put({ ...user, disabled: true });
      endEverythingOf(state, tenantId, subject, revocation);
      state.events.push(event);
      return 'disabled';
    },
    async enable(tenantId, subject, event) {
      const user = state.users.get(tenantId, subject);
      if (user === undefined) return 'unknown';
      put({ ...user, disabled: false });
      state.events.push(event);
      return 'enabled';
    },
  };
}

/** Ends sessions, open transactions, codes and grants: all that the old password, or the removed user, had opened. */
function endEverythingOf(state: MemoryState, tenantId: TenantId, subject: string, revocation: Revocation): void {
  state.signInSessions.deleteWhere(tenantId, (session) => session.subject === subject);
  endGrants(state, tenantId, (one) => one.subject === subject, revocation);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
