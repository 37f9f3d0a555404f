import { describe, expect, it } from 'vitest';
import { event, MARK_LIFETIME_SECONDS, NOW, TENANT_B } from './fixtures.js';
import { grantAccess } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `RevocationMarkStore`. */
export function describeRevocationMarkStore(open: OpenStorage): void {
  describe('revocation marks', () => {
    const subject = useStorage(open);

    async function revoke(index: number, tenantId = 'a', now = NOW): Promise<void> {
      const { storage } = subject();
      const code = { tenantId, codeHash: `code-${index}`, grantId: `grant-${index}` };
      await grantAccess(storage, code, { tokenHash: `refresh-${index}` });
      const revoked = event('grant.revoked', tenantId);
      await storage.grants.revoke(tenantId, code.grantId, now, MARK_LIFETIME_SECONDS, revoked);
    }

    it('are followed by sequence number, oldest first, over all tenants', async () => {
      const { storage } = subject();
      await revoke(1);
      await revoke(2, TENANT_B);
      await revoke(3);
      const all = await storage.revocationMarks.after(0, NOW);
      expect(all.map(({ tenantId, kind, value }) => [tenantId, kind, value])).toEqual([
        ['a', 'grant', 'grant-1'],
        ['b', 'grant', 'grant-2'],
        ['a', 'grant', 'grant-3'],
      ]);
      const sequences = all.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(await storage.revocationMarks.after(sequences[0] ?? 0, NOW)).toEqual(all.slice(1));
      expect(await storage.revocationMarks.after(sequences[2] ?? 0, NOW)).toEqual([]);
    });

    it('are gone once no access token that they meet is alive', async () => {
      const { storage } = subject();
      await revoke(1);
      expect(await storage.revocationMarks.after(0, NOW + MARK_LIFETIME_SECONDS - 1)).toHaveLength(1);
      expect(await storage.revocationMarks.after(0, NOW + MARK_LIFETIME_SECONDS)).toEqual([]);
    });

    it('never take a sequence number again, not even after all were swept', async () => {
      const { storage } = subject();
      await revoke(1);
      const [first] = await storage.revocationMarks.after(0, NOW);
      const later = NOW + MARK_LIFETIME_SECONDS;
      await storage.sweep(later);
      await revoke(2, 'a', later);
      const [second] = await storage.revocationMarks.after(0, later);
      expect(second?.value).toBe('grant-2');
      expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.POSITIVE_INFINITY);
    });
  });
}
