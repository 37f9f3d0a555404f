import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Revocable, RevocationMark } from '../stores/revocation-marks.js';
import { ENDED_MARK_SECONDS } from '../stores/storage.js';
import { event, HOSTILE_TEXTS, MARK_LIFETIME_SECONDS, NOW, REVOCATION, TENANT_B } from './fixtures.js';
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

    it('are followed by sequence number, oldest first, in each tenant by itself', async () => {
      const { storage } = subject();
      await revoke(1);
      await revoke(2, TENANT_B);
      await revoke(3);
      const all = await storage.revocationMarks.after('a', 0, NOW);
      expect(all.map(({ tenantId, kind, value }) => [tenantId, kind, value])).toEqual([
        ['a', 'grant', 'grant-1'],
        ['a', 'grant', 'grant-3'],
      ]);
      const sequences = all.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(await storage.revocationMarks.after('a', all[0] ?? 0, NOW)).toEqual(all.slice(1));
      expect(await storage.revocationMarks.after('a', all[1] ?? 0, NOW)).toEqual([]);
      const [ofB, ...more] = await storage.revocationMarks.after('b', 0, NOW);
      expect([ofB?.tenantId, ofB?.value, more]).toEqual(['b', 'grant-2', []]);
    });

    it('never appear behind a number that was seen: a follower misses none of thirty made at once', async () => {
      const { storage } = subject();
      const indexes = Array.from({ length: 30 }, (_, index) => index);
      for (const index of indexes) {
        const code = { codeHash: `code-${index}`, grantId: `grant-${index}` };
        await grantAccess(storage, code, { tokenHash: `refresh-${index}` });
      }
      const seen: string[] = [];
      let last: RevocationMark | 0 = 0;
      const follow = async () => {
        for (const mark of await storage.revocationMarks.after('a', last, NOW)) {
          expect(mark.sequence).toBeGreaterThan(last === 0 ? 0 : last.sequence);
          last = mark;
          seen.push(mark.value);
        }
      };
      const revoked = event('grant.revoked');
      const revoking = indexes.map((index) =>
        storage.grants.revoke('a', `grant-${index}`, NOW, MARK_LIFETIME_SECONDS, revoked),
      );
      const following = (async () => {
        while (seen.length < indexes.length) {
          await follow();
          // A store may answer at once; whoever only ever asks leaves nobody else a turn.
          await nextTurn();
        }
      })();
      expect(new Set(await Promise.all(revoking))).toEqual(new Set([true]));
      await following;
      expect([...seen].sort()).toEqual(indexes.map((index) => `grant-${index}`).sort());
    });

    it('F-03 are all answered to whoever saw one last that is not there as it was: the store lost what came last', async () => {
      const { storage } = subject();
      for (const index of [1, 2, 3]) await revoke(index);
      const all = await storage.revocationMarks.after('a', 0, NOW);
      const [, second, third] = all;
      if (second === undefined || third === undefined) throw new Error('There are three marks');
      const afterwards = (last: RevocationMark) => storage.revocationMarks.after('a', last, NOW);
      expect(await afterwards(second)).toEqual([third]);
      // Its number was never given out here, or to another mark, below those that were given out since.
      const lost: RevocationMark[] = [
        { ...third, sequence: third.sequence + 1 },
        { ...second, value: 'lost' },
        { ...second, kind: 'subject' },
        { ...second, notBeforeEpochSeconds: second.notBeforeEpochSeconds - 1 },
        { ...second, expiresAtEpochSeconds: second.expiresAtEpochSeconds - 1 },
      ];
      for (const last of lost) expect(await afterwards(last)).toEqual(all);
      expect(await storage.revocationMarks.after('b', third, NOW)).toEqual([]);
      await revoke(4, TENANT_B);
      expect(await storage.revocationMarks.after('b', second, NOW)).toHaveLength(1);
    });

    it('are followed from one that is dead as from any other, and from one that was swept all that live are answered', async () => {
      const { storage } = subject();
      await revoke(1);
      const [first] = await storage.revocationMarks.after('a', 0, NOW);
      if (first === undefined) throw new Error('There is a mark');
      await revoke(2, 'a', NOW + 1);
      const end = NOW + MARK_LIFETIME_SECONDS;
      const afterFirst = async () => (await storage.revocationMarks.after('a', first, end)).map(({ value }) => value);
      expect(await afterFirst()).toEqual(['grant-2']);
      await storage.sweep('a', end + ENDED_MARK_SECONDS);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toHaveLength(1);
      expect(await afterFirst()).toEqual(['grant-2']);
    });

    it('are gone once no access token that they meet is alive', async () => {
      const { storage } = subject();
      await revoke(1);
      expect(await storage.revocationMarks.after('a', 0, NOW + MARK_LIFETIME_SECONDS - 1)).toHaveLength(1);
      expect(await storage.revocationMarks.after('a', 0, NOW + MARK_LIFETIME_SECONDS)).toEqual([]);
    });

    it('never take a sequence number again, not even after all were swept', async () => {
      const { storage } = subject();
      await revoke(1);
      const [first] = await storage.revocationMarks.after('a', 0, NOW);
      const later = NOW + MARK_LIFETIME_SECONDS;
      await storage.sweep('a', later + ENDED_MARK_SECONDS);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
      await revoke(2, 'a', later);
      const [second] = await storage.revocationMarks.after('a', 0, later);
      expect(second?.value).toBe('grant-2');
      expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.POSITIVE_INFINITY);
    });

    it('cover an access token that one of them names, of its kind and value, issued at or before their time', async () => {
      const { storage } = subject();
      await revoke(1);
      const covers = (revocables: readonly Revocable[], issuedAt = NOW, now = NOW, tenantId = 'a') =>
        storage.revocationMarks.covers(tenantId, revocables, issuedAt, now);
      const named: Revocable = { kind: 'grant', value: 'grant-1' };
      expect(await covers([named])).toBe(true);
      expect(await covers([{ kind: 'client', value: 'x' }, named, { kind: 'key', value: 'y' }])).toBe(true);
      expect(await covers([])).toBe(false);
      expect(await covers([{ kind: 'grant', value: 'grant-2' }])).toBe(false);
      expect(await covers([{ kind: 'client', value: 'grant-1' }])).toBe(false);
      expect(await covers([named], NOW, NOW, TENANT_B)).toBe(false);
      // The mark's own time is the end of its life: also a token that is signed at this moment is covered.
      const end = NOW + MARK_LIFETIME_SECONDS;
      expect(await covers([named], end, end - 1)).toBe(true);
      expect(await covers([named], end + 1, end - 1)).toBe(false);
      expect(await covers([named], NOW, end)).toBe(false);
    });

    it('ST-04 compare values as data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        await storage.grants.revokeWithoutRow('a', text, REVOCATION, event('grant.revoked'));
      }
      for (const value of HOSTILE_TEXTS) {
        expect(await storage.revocationMarks.covers('a', [{ kind: 'grant', value }], NOW, NOW)).toBe(true);
      }
      expect(await storage.revocationMarks.covers('a', [{ kind: 'grant', value: '%' }], NOW, NOW)).toBe(false);
    });
  });
}
