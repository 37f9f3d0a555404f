import { describe, expect, it } from 'vitest';
import { event, signingKey, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `SigningKeyStore`. */
export function describeSigningKeyStore(open: OpenStorage): void {
  describe('signing keys', () => {
    const subject = useStorage(open);

    it('lets one of twenty that start at once make the first key', async () => {
      const { storage, countEvents } = subject();
      const keys = Array.from({ length: 20 }, (_, index) => signingKey({ keyId: `key-${index}` }));
      const answers = await Promise.all(
        keys.map((key) => storage.signingKeys.addFirst(key, event('signing_key.created'))),
      );
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
      expect(await storage.signingKeys.list('a')).toEqual([keys[answers.indexOf('added')]]);
      expect(await countEvents('signing_key.created')).toBe(1);
    });

    it('keeps tenants apart: each has its own first key', async () => {
      const { storage } = subject();
      expect(await storage.signingKeys.addFirst(signingKey(), event('signing_key.created'))).toBe('added');
      expect(await storage.signingKeys.list('b')).toEqual([]);
      const other = signingKey({ tenantId: TENANT_B, sealedPrivateJwk: 'of b' });
      expect(await storage.signingKeys.addFirst(other, event('signing_key.created', TENANT_B))).toBe('added');
      expect(await storage.signingKeys.list('a')).toEqual([signingKey()]);
      expect(await storage.signingKeys.list('b')).toEqual([other]);
    });
  });
}
