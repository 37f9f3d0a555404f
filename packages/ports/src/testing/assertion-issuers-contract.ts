import { describe, expect, it } from 'vitest';
import { event, HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const ISSUER = 'https://idp.test';

/** The contract of `AssertionIssuerStore`. */
export function describeAssertionIssuerStore(open: OpenStorage): void {
  describe('assertion issuers', () => {
    const subject = useStorage(open);
    const isDisabled = (issuer = ISSUER, tenantId = TENANT_A) =>
      subject().storage.assertionIssuers.isDisabled(tenantId, issuer);
    const disable = (issuer = ISSUER, now = NOW, tenantId = TENANT_A, subjects: readonly string[] = []) =>
      subject().storage.assertionIssuers.disable(
        tenantId,
        issuer,
        subjects,
        { now, markLifetimeSeconds: 630 },
        event('assertion_issuer.disabled', tenantId),
      );
    const enable = (issuer = ISSUER, tenantId = TENANT_A) =>
      subject().storage.assertionIssuers.enable(tenantId, issuer, event('assertion_issuer.enabled', tenantId));

    it('XG-04 are on until they are switched off, and then until they are switched on', async () => {
      const { countEvents } = subject();
      expect(await isDisabled()).toBe(false);
      expect(await disable()).toBe('disabled');
      expect(await isDisabled()).toBe(true);
      expect(await isDisabled('https://idp.test/')).toBe(false);
      expect(await enable()).toBe('enabled');
      expect(await isDisabled()).toBe(false);
      expect(await countEvents('assertion_issuer.disabled')).toBe(1);
      expect(await countEvents('assertion_issuer.enabled')).toBe(1);
    });

    it('that are so already are left as they are, without an event', async () => {
      const { storage, countEvents } = subject();
      expect(await enable()).toBe('unchanged');
      await disable();
      expect(await disable(ISSUER, NOW + 60)).toBe('unchanged');
      expect(await storage.assertionIssuers.listDisabled('a')).toEqual([
        { tenantId: 'a', issuer: ISSUER, disabledAtEpochSeconds: NOW },
      ]);
      expect(await countEvents('assertion_issuer.enabled')).toBe(0);
      expect(await countEvents('assertion_issuer.disabled')).toBe(1);
    });

    it('are switched off once by ten at once, and on once', async () => {
      const off = await Promise.all(Array.from({ length: 10 }, () => disable()));
      expect(off.filter((answer) => answer === 'disabled')).toHaveLength(1);
      const on = await Promise.all(Array.from({ length: 10 }, () => enable()));
      expect(on.filter((answer) => answer === 'enabled')).toHaveLength(1);
    });

    it('XG-04 take the access of their workloads along: theirs alone, and what was issued up to 90 s later', async () => {
      const { storage } = subject();
      const covers = (value: string, issuedAt: number, tenantId = TENANT_A) =>
        storage.revocationMarks.covers(tenantId, [{ kind: 'subject', value }], issuedAt, NOW + 100);
      await disable(ISSUER, NOW, TENANT_A, ['workload:builds:deploy', 'workload:builds:test']);
      for (const value of ['workload:builds:deploy', 'workload:builds:test']) {
        expect(await covers(value, NOW + 90)).toBe(true);
        expect(await covers(value, NOW + 91)).toBe(false);
        expect(await covers(value, NOW, TENANT_B)).toBe(false);
      }
      expect(await covers('workload:builds:other', NOW)).toBe(false);
      expect(await storage.revocationMarks.after(TENANT_A, 0, NOW)).toHaveLength(2);
    });

    it('XG-04 that are off already take the access of the workloads along that are named later, with an event', async () => {
      const { storage, countEvents } = subject();
      const marked = async () => (await storage.revocationMarks.after(TENANT_A, 0, NOW)).map(({ value }) => value);
      await disable();
      expect(await disable(ISSUER, NOW + 60, TENANT_A, ['workload:builds:deploy'])).toBe('access_ended');
      expect(await marked()).toEqual(['workload:builds:deploy']);
      expect(await storage.assertionIssuers.listDisabled(TENANT_A)).toMatchObject([{ disabledAtEpochSeconds: NOW }]);
      expect(await countEvents('assertion_issuer.disabled')).toBe(2);
      expect(await disable(ISSUER, NOW + 60)).toBe('unchanged');
      expect(await countEvents('assertion_issuer.disabled')).toBe(2);
    });

    it('are listed by issuer', async () => {
      const { storage } = subject();
      for (const issuer of ['https://c.test', 'https://a.test', 'https://b.test']) await disable(issuer);
      const listed = await storage.assertionIssuers.listDisabled('a');
      expect(listed.map(({ issuer }) => issuer)).toEqual(['https://a.test', 'https://b.test', 'https://c.test']);
    });

    it('TN-02 keep tenants apart', async () => {
      const { storage } = subject();
      await disable();
      expect(await isDisabled(ISSUER, TENANT_B)).toBe(false);
      expect(await storage.assertionIssuers.listDisabled(TENANT_B)).toEqual([]);
      expect(await enable(ISSUER, TENANT_B)).toBe('unchanged');
      expect(await disable(ISSUER, NOW, TENANT_B)).toBe('disabled');
      expect(await enable()).toBe('enabled');
      expect(await isDisabled(ISSUER, TENANT_B)).toBe(true);
    });

    it('ST-04 are data', async () => {
      const { storage } = subject();
      for (const issuer of HOSTILE_TEXTS) expect(await disable(issuer)).toBe('disabled');
      for (const issuer of HOSTILE_TEXTS) expect(await isDisabled(issuer)).toBe(true);
      expect(await isDisabled('%')).toBe(false);
      const listed = await storage.assertionIssuers.listDisabled('a');
      expect(new Set(listed.map(({ issuer }) => issuer))).toEqual(new Set(HOSTILE_TEXTS));
    });
  });
}
