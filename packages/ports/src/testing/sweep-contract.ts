import { describe, expect, it } from 'vitest';
import {
  client,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  refreshToken,
  signInSession,
  transaction,
} from './fixtures.js';
import { grantAccess, issueCode, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const DAY = 86_400;

/** The contract of `Storage.sweep`. */
export function describeSweep(open: OpenStorage): void {
  describe('sweep', () => {
    const subject = useStorage(open);

    it('deletes nothing that is alive', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), event('client.registered'));
      await storage.signInSessions.begin(signInSession());
      await issueCode(storage);
      await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' });
      await rotate(storage, { successor: { grantId: 'grant-2' } });
      expect(await storage.sweep(NOW)).toBe(0);
    });

    it('deletes expired sessions, transactions and codes, of every tenant, and counts them', async () => {
      const { storage } = subject();
      await storage.signInSessions.begin(signInSession());
      await storage.signInSessions.begin(signInSession({ tenantId: 'b' }));
      await storage.transactions.create(transaction());
      await storage.transactions.create(transaction({ tenantId: 'b', expiresAtEpochSeconds: NOW + DAY }));
      await issueCode(storage);
      expect(await storage.sweep(NOW + 60)).toBe(1);
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      // The transaction, and the one that the code was issued by.
      expect(await storage.sweep(NOW + 600)).toBe(2);
      expect(await storage.transactions.find('b', 'transaction-1', NOW)).toBeDefined();
      expect(await storage.sweep(NOW + 43_200)).toBe(2);
      expect(await storage.sweep(NOW + 43_200)).toBe(0);
    });

    it('deletes a refresh token at its idle end and its grant when the last access token is dead', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await storage.sweep(NOW + DAY);
      expect(await storage.sweep(refreshToken().expiresAtEpochSeconds)).toBe(1);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toBeUndefined();
      const end = grant().expiresAtEpochSeconds;
      expect(await storage.sweep(end + MARK_LIFETIME_SECONDS - 1)).toBe(0);
      expect(await storage.sweep(end + MARK_LIFETIME_SECONDS)).toBe(1);
    });

    it('keeps a revoked grant and its mark until its last access token is dead, then both go with the tokens', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await rotate(storage);
      await storage.sweep(NOW + 600);
      await storage.grants.revoke('a', 'grant-1', NOW + 600, MARK_LIFETIME_SECONDS, event('grant.revoked'));
      const dead = NOW + 600 + MARK_LIFETIME_SECONDS;
      expect(await storage.sweep(dead - 1)).toBe(0);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-2'))?.revoked).toBe(true);
      // Two refresh tokens, the grant, the mark.
      expect(await storage.sweep(dead)).toBe(4);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-2')).toBeUndefined();
    });

    it('deletes dynamic clients that were never used after a day, and no others', async () => {
      const { storage } = subject();
      const register = (clientId: string, changes = {}) =>
        storage.clients.register(client({ clientId, ...changes }), event('client.registered'));
      await register('unused');
      await register('used');
      await register('configured', { source: 'configured' });
      await register('late', { createdAtEpochSeconds: NOW + 1 });
      await register('at-work');
      await grantAccess(storage, { clientId: 'used' });
      const inADay = NOW + DAY;
      await storage.transactions.create(
        transaction({ clientId: 'at-work', createdAtEpochSeconds: inADay, expiresAtEpochSeconds: inADay + 600 }),
      );
      await storage.sweep(NOW + 600);

      expect(await storage.sweep(inADay - 1)).toBe(0);
      expect(await storage.sweep(inADay)).toBe(1);
      expect(await storage.clients.find('a', 'unused')).toBeUndefined();
      for (const kept of ['used', 'configured', 'late', 'at-work']) {
        expect((await storage.clients.find('a', kept))?.clientId).toBe(kept);
      }
      // The late one, the one at work, and its transaction; the used one stays after its grant is gone.
      expect(await storage.sweep(inADay + 600)).toBe(3);
      await storage.sweep(grant().expiresAtEpochSeconds + MARK_LIFETIME_SECONDS);
      expect(await storage.clients.find('a', 'used')).toBeDefined();
    });
  });
}
