import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS, NOW, TENANT_A, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `Storage.noteIssuer`. */
export function describeServedIssuers(open: OpenStorage): void {
  describe('served issuers', () => {
    const subject = useStorage(open);
    const note = (issuer: string, tenantId = TENANT_A) => subject().storage.noteIssuer(tenantId, issuer, NOW);

    it('tell of the one before where it is another one, once', async () => {
      expect(await note('https://old.test')).toBeUndefined();
      expect(await note('https://old.test')).toBeUndefined();
      expect(await note('https://new.test')).toBe('https://old.test');
      expect(await note('https://new.test')).toBeUndefined();
      expect(await note('https://new.test/')).toBe('https://new.test');
    });

    it('of ten at once take the place of each other, none of two and two of none', async () => {
      const issuers = Array.from({ length: 10 }, (_, index) => `https://${index}.test`);
      const before = await Promise.all(issuers.map((issuer) => note(issuer)));
      expect(before.filter((issuer) => issuer === undefined)).toHaveLength(1);
      const last = await note('https://last.test');
      expect([...before.filter((issuer) => issuer !== undefined), last].sort()).toEqual(issuers);
    });

    it('TN-02 keep tenants apart', async () => {
      await note('https://a.test');
      expect(await note('https://b.test', TENANT_B)).toBeUndefined();
      expect(await note('https://a.test')).toBeUndefined();
    });

    it('ST-04 are data', async () => {
      await note('https://old.test');
      const before = [];
      for (const issuer of [...HOSTILE_TEXTS, 'https://new.test']) before.push(await note(issuer));
      expect(before).toEqual(['https://old.test', ...HOSTILE_TEXTS]);
    });
  });
}
