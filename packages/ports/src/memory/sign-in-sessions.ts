import type { SignInSessionStore } from '../stores/sign-in-sessions.js';
import type { MemoryState } from './memory-state.js';

/** {@link SignInSessionStore} in memory. */
export function createSignInSessionStore(state: MemoryState): SignInSessionStore {
  return {
    async begin(session) {
      state.signInSessions.insert(session.tenantId, session.sessionHash, session);
    },
    async use(tenantId, sessionHash, now, idleSeconds) {
      const session = state.signInSessions.get(tenantId, sessionHash);
      if (session === undefined || session.expiresAtEpochSeconds <= now) return undefined;
      if (session.lastSeenAtEpochSeconds < now - idleSeconds) return undefined;
      const seen = { ...session, lastSeenAtEpochSeconds: now };
      state.signInSessions.put(tenantId, sessionHash, seen);
      return seen;
    },
    async end(tenantId, sessionHash) {
      state.signInSessions.deleteWhere(tenantId, (session) => session.sessionHash === sessionHash);
    },
  };
}
