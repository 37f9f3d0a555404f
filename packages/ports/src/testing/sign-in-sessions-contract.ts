import { describe, expect, it } from 'vitest';
import { NOW, signInSession } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const IDLE_SECONDS = 1800;

/** The contract of `SignInSessionStore`. */
export function describeSignInSessionStore(open: OpenStorage): void {
  describe('sign-in sessions', () => {
    const subject = useStorage(open);

    it('gives back a live session, marked as seen', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      const seen = await storage.signInSessions.use('a', 'session-1', NOW + 5, IDLE_SECONDS);
      expect(seen).toEqual(signInSession({ lastSeenAtEpochSeconds: NOW + 5 }));
    });

    it('lets a session end when it was idle too long, and each use pushes that end away', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      const use = (after: number) => storage.signInSessions.use('a', 'session-1', NOW + after, IDLE_SECONDS);
      expect(await use(1800)).toBeDefined();
      expect(await use(3600)).toBeDefined();
      expect(await use(5401)).toBeUndefined();
    });

    it('ends a session at its absolute end, however much it is used', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession({ expiresAtEpochSeconds: NOW + 100 }));
      expect(await storage.signInSessions.use('a', 'session-1', NOW + 99, IDLE_SECONDS)).toBeDefined();
      expect(await storage.signInSessions.use('a', 'session-1', NOW + 100, IDLE_SECONDS)).toBeUndefined();
    });

    it('ends a session once, and does not mind an unknown one', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      await storage.signInSessions.begin(signInSession({ sessionHash: 'session-2' }));
      await storage.signInSessions.end('a', 'session-1');
      await storage.signInSessions.end('a', 'session-1');
      expect(await storage.signInSessions.use('a', 'session-1', NOW, IDLE_SECONDS)).toBeUndefined();
      expect(await storage.signInSessions.use('a', 'session-2', NOW, IDLE_SECONDS)).toBeDefined();
    });

    it('keeps tenants apart', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      expect(await storage.signInSessions.use('b', 'session-1', NOW, IDLE_SECONDS)).toBeUndefined();
      await storage.signInSessions.end('b', 'session-1');
      expect(await storage.signInSessions.use('a', 'session-1', NOW, IDLE_SECONDS)).toBeDefined();
    });
  });
}
