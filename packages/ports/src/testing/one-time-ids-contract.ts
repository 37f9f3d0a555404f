import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `OneTimeIdStore`. */
export function describeOneTimeIdStore(open: OpenStorage): void {
  describe('one-time ids', () => {
    const subject = useStorage(open);
    const use = (idHash = 'id-1', expiresAt = NOW + 60, now = NOW, tenantId = TENANT_A) =>
      subject().storage.oneTimeIds.use(tenantId, 'client_assertion', idHash, expiresAt, now);

    it('are used up by their first use', async () => {
      expect(await use()).toBe(true);
      expect(await use()).toBe(false);
      expect(await use('id-2')).toBe(true);
    });

    it('are given to one of fifty that use one at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => use()));
      expect(answers.filter((answer) => answer)).toHaveLength(1);
    });

    it('may be used again at their end, and then by one of fifty at once', async () => {
      expect(await use()).toBe(true);
      expect(await use('id-1', NOW + 120, NOW + 59)).toBe(false);
      const answers = await Promise.all(Array.from({ length: 50 }, () => use('id-1', NOW + 120, NOW + 60)));
      expect(answers.filter((answer) => answer)).toHaveLength(1);
      expect(await use('id-1', NOW + 120, NOW + 119)).toBe(false);
    });

    it('are not lengthened by a use that was refused', async () => {
      expect(await use()).toBe(true);
      expect(await use('id-1', NOW + 6000)).toBe(false);
      expect(await use('id-1', NOW + 120, NOW + 60)).toBe(true);
    });

    it('keep tenants apart', async () => {
      expect(await use()).toBe(true);
      expect(await use('id-1', NOW + 60, NOW, TENANT_B)).toBe(true);
    });

    it('ST-04 are data', async () => {
      for (const text of HOSTILE_TEXTS) expect(await use(text)).toBe(true);
      for (const text of HOSTILE_TEXTS) expect(await use(text)).toBe(false);
      expect(await use('%')).toBe(true);
    });
  });
}
