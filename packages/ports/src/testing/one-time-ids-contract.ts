import { describe, expect, it } from 'vitest';
import type { OneTimeIdKind } from '../stores/one-time-ids.js';
import { HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `OneTimeIdStore`. */
export function describeOneTimeIdStore(open: OpenStorage): void {
  describe('one-time ids', () => {
    const subject = useStorage(open);
    const use = (
      idHash = 'id-1',
      expiresAt = NOW + 60,
      now = NOW,
      tenantId = TENANT_A,
      kind: OneTimeIdKind = 'client_assertion',
    ) => subject().storage.oneTimeIds.use(tenantId, kind, idHash, expiresAt, now);

    const isUsed = (idHash = 'id-1', now = NOW, tenantId = TENANT_A, kind: OneTimeIdKind = 'client_assertion') =>
      subject().storage.oneTimeIds.isUsed(tenantId, kind, idHash, now);

    it('tell whether they are used up, and are not by that', async () => {
      expect(await isUsed()).toBe(false);
      expect(await use()).toBe(true);
      expect(await isUsed()).toBe(true);
      expect([await isUsed('id-2'), await isUsed('id-1', NOW, TENANT_B)]).toEqual([false, false]);
      expect(await isUsed('id-1', NOW, TENANT_A, 'dpop_proof')).toBe(false);
      expect([await isUsed('id-1', NOW + 59), await isUsed('id-1', NOW + 60)]).toEqual([true, false]);
    });

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

    it('PD-03 of a proof of possession are used up, and stay so where the clock goes back', async () => {
      const proof = (now: number) => use('id-1', now + 60, now, TENANT_A, 'dpop_proof');
      expect(await proof(NOW)).toBe(true);
      expect(await proof(NOW)).toBe(false);
      expect(await proof(NOW - 30)).toBe(false);
    });

    it('of one kind say nothing of those of another', async () => {
      for (const kind of ['client_assertion', 'identity_assertion', 'dpop_proof'] as const) {
        expect(await use('id-1', NOW + 60, NOW, TENANT_A, kind)).toBe(true);
        expect(await use('id-1', NOW + 60, NOW, TENANT_A, kind)).toBe(false);
      }
    });

    it('keep tenants apart', async () => {
      expect(await use()).toBe(true);
      expect(await use('id-1', NOW + 60, NOW, TENANT_B)).toBe(true);
    });

    it('ST-04 are data', async () => {
      for (const text of HOSTILE_TEXTS) expect(await use(text)).toBe(true);
      for (const text of HOSTILE_TEXTS) expect([await isUsed(text), await use(text)]).toEqual([true, false]);
      expect(await use('%')).toBe(true);
    });
  });
}
