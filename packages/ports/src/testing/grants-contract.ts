import { describe, expect, it } from 'vitest';
import { event, grant, MARK_LIFETIME_SECONDS, NOW, refreshToken, TENANT_B } from './fixtures.js';
import { grantAccess, marksOf } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `GrantStore`, apart from rotation. */
export function describeGrantStore(open: OpenStorage): void {
  describe('grants', () => {
    const subject = useStorage(open);
    const revoke = (grantId = 'grant-1', tenantId = 'a') =>
      subject().storage.grants.revoke(tenantId, grantId, NOW, MARK_LIFETIME_SECONDS, event('grant.revoked', tenantId));

    it('are found by refresh token, and looking consumes nothing', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const found = { grant: grant(), revoked: false, expiresAtEpochSeconds: refreshToken().expiresAtEpochSeconds };
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toEqual(found);
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toEqual(found);
      expect(await storage.grants.findByRefreshToken('a', 'unknown')).toBeUndefined();
    });

    it('are live for their own user and client until their absolute end', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const end = grant().expiresAtEpochSeconds;
      const live = (who: string, clientId: string, now: number) => storage.grants.hasLiveGrant('a', who, clientId, now);
      expect(await live('subject-alice', 'client-1', end - 1)).toBe(true);
      expect(await live('subject-alice', 'client-1', end)).toBe(false);
      expect(await live('subject-alice', 'client-2', NOW)).toBe(false);
      expect(await live('subject-bob', 'client-1', NOW)).toBe(false);
    });

    it('are revoked once, with a mark that every token of the grant is older than, and one event', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });
      const answers = await Promise.all(Array.from({ length: 10 }, () => revoke()));
      expect(answers.filter((ended) => ended)).toHaveLength(1);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(true);
      expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([
        expect.objectContaining({
          tenantId: 'a',
          notBeforeEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
          expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect(await countEvents('grant.revoked')).toBe(1);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-b'))?.revoked).toBe(false);
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
    });

    it('cannot be revoked where unknown', async () => {
      const { storage, countEvents } = subject();
      expect(await revoke('unknown')).toBe(false);
      expect(await countEvents('grant.revoked')).toBe(0);
      expect(await storage.revocationMarks.after(0, NOW)).toEqual([]);
    });

    it('keep tenants apart', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      expect(await storage.grants.findByRefreshToken('b', 'refresh-1')).toBeUndefined();
      expect(await storage.grants.hasLiveGrant('b', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await revoke('grant-1', TENANT_B)).toBe(false);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(false);
      expect(await storage.revocationMarks.after(0, NOW)).toEqual([]);
    });
  });
}
