import { describe, expect, it } from 'vitest';
import { event, grant, MARK_LIFETIME_SECONDS, NOW, refreshToken, TENANT_B } from './fixtures.js';
import { countOutcomes, grantAccess, marksOf, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `GrantStore.rotate`. */
export function describeRotation(open: OpenStorage): void {
  describe('rotation', () => {
    const subject = useStorage(open);
    const find = (tokenHash: string) => subject().storage.grants.findByRefreshToken('a', tokenHash);

    it('makes a successor of the same grant, with its own idle end', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      expect(await rotate(storage, { successor: { expiresAtEpochSeconds: NOW + 77 } })).toEqual({ outcome: 'rotated' });
      expect(await find('refresh-2')).toEqual({
        grant: grant(),
        revoked: false,
        rotated: undefined,
        userGone: false,
        expiresAtEpochSeconds: NOW + 77,
      });
      expect(await countEvents('refresh_token.rotated')).toBe(1);
      expect(await rotate(storage, { from: 'refresh-2', to: 'refresh-3' })).toEqual({ outcome: 'rotated' });
    });

    it('TN-02 stores a refresh token of the tenant that it is stored for, whatever else the object carries', async () => {
      const { storage } = subject();
      const theirs = { tenantId: TENANT_B, predecessorHash: 'another' };
      await grantAccess(storage, {}, { ...refreshToken(), ...theirs });
      await rotate(storage, { successor: { ...refreshToken({ tokenHash: 'refresh-2' }), ...theirs } });
      expect((await find('refresh-2'))?.grant).toEqual(grant());
      expect(await storage.grants.findByRefreshToken(TENANT_B, 'refresh-2')).toBeUndefined();
      // Its predecessor is the token that it took the place of, whose grace ends with its first use.
      await rotate(storage, { from: 'refresh-2', to: 'refresh-3' });
      expect(await rotate(storage, { to: 'x' })).toEqual({ outcome: 'reused' });
    });

    it('TK-02 makes one successor for fifty at once, and gives every one of them that same one', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => rotate(storage, { to: `successor-${index}` })),
      );
      expect(countOutcomes(answers)).toEqual({ rotated: 1, repeated: 49 });
      const winner = answers.findIndex(({ outcome }) => outcome === 'rotated');
      for (const answer of answers) {
        if (answer.outcome === 'repeated') expect(answer.successorSalt).toBe(`salt of successor-${winner}`);
      }
      const found = await Promise.all(answers.map((_, index) => find(`successor-${index}`)));
      expect(found.filter((one) => one !== undefined)).toEqual([expect.objectContaining({ revoked: false })]);
      expect(await countEvents('refresh_token.rotated')).toBe(1);
      expect(await countEvents('refresh_token.repeated')).toBe(49);
      const next = rotate(storage, { from: `successor-${winner}`, to: 'next' });
      expect(await next).toEqual({ outcome: 'rotated' });
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    });

    it('TK-02 rotates once for fifty at once with grace 0, and revokes the grant for the rest', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => rotate(storage, { to: `successor-${index}`, graceSeconds: 0 })),
      );
      expect(countOutcomes(answers)).toEqual({ rotated: 1, reused: 49 });
      const winner = answers.findIndex(({ outcome }) => outcome === 'rotated');
      expect(await rotate(storage, { from: `successor-${winner}`, to: 'next' })).toEqual({ outcome: 'refused' });
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await countEvents('refresh_token.rotated')).toBe(1);
    });

    it('ends the grace with its seconds', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await rotate(storage);
      const repeated = { outcome: 'repeated', successorSalt: 'salt of refresh-2' };
      expect(await rotate(storage, { to: 'x', now: NOW + 59 })).toEqual(repeated);
      expect(await rotate(storage, { to: 'x', now: NOW + 60 })).toEqual({ outcome: 'reused' });
    });

    it('F-07 knows no grace of a rotation that is further in the future than the grace is long, nor any without a grace', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });
      await rotate(storage);
      const repeated = { outcome: 'repeated', successorSalt: 'salt of refresh-2' };
      expect(await rotate(storage, { to: 'x', now: NOW - 59 })).toEqual(repeated);
      expect(await rotate(storage, { to: 'x', now: NOW - 60 })).toEqual({ outcome: 'reused' });
      const ofOther = { from: 'refresh-b', graceSeconds: 0, successor: { grantId: 'grant-2' } };
      expect(await rotate(storage, { ...ofOther, to: 'y' })).toEqual({ outcome: 'rotated' });
      expect(await rotate(storage, { ...ofOther, to: 'x', now: NOW - 1 })).toEqual({ outcome: 'reused' });
    });

    it('ends the grace at the first use of the successor', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await rotate(storage);
      expect(await rotate(storage, { from: 'refresh-2', to: 'refresh-3' })).toEqual({ outcome: 'rotated' });
      expect(await rotate(storage, { to: 'x' })).toEqual({ outcome: 'reused' });
      expect((await find('refresh-3'))?.revoked).toBe(true);
    });

    it('TK-01 revokes the family at reuse, with a mark and an event, and nothing else of the user', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });
      await rotate(storage);
      const later = NOW + 61;
      expect(await rotate(storage, { to: 'x', now: later })).toEqual({ outcome: 'reused' });
      expect(await rotate(storage, { from: 'refresh-2', to: 'x', now: later })).toEqual({ outcome: 'refused' });
      expect(await find('x')).toBeUndefined();
      expect((await find('refresh-2'))?.revoked).toBe(true);
      expect(await marksOf(storage, 'grant', 'grant-1', later)).toEqual([
        expect.objectContaining({
          tenantId: 'a',
          notBeforeEpochSeconds: later + MARK_LIFETIME_SECONDS,
          expiresAtEpochSeconds: later + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect(await countEvents('refresh_token.reuse_detected')).toBe(1);
      expect((await find('refresh-b'))?.revoked).toBe(false);
      expect(await marksOf(storage, 'grant', 'grant-2', later)).toEqual([]);
    });

    it('refuses a predecessor in its grace when the grant was revoked, and calls it no reuse', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await rotate(storage);
      await storage.grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
      expect(await rotate(storage, { to: 'x' })).toEqual({ outcome: 'refused' });
      expect(await rotate(storage, { from: 'refresh-2', to: 'x' })).toEqual({ outcome: 'refused' });
      expect(await countEvents('refresh_token.reuse_detected')).toBe(0);
    });

    it('makes no successor that outlives a revocation at the same moment', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const revoked = event('grant.revoked');
      const [ended, ...answers] = await Promise.all([
        storage.grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, revoked),
        ...Array.from({ length: 20 }, (_, index) => rotate(storage, { to: `successor-${index}` })),
      ]);
      expect(ended).toBe(true);
      const winner = answers.findIndex(({ outcome }) => outcome === 'rotated');
      expect(answers.filter(({ outcome }) => outcome === 'rotated').length).toBeLessThanOrEqual(1);
      if (winner !== -1) {
        const next = rotate(storage, { from: `successor-${winner}`, to: 'next' });
        expect(await next).toEqual({ outcome: 'refused' });
      }
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
    });

    it('refuses a token it does not know', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      expect(await rotate(storage, { from: 'unknown' })).toEqual({ outcome: 'refused' });
      expect((await find('refresh-1'))?.revoked).toBe(false);
      expect(await countEvents('refresh_token.rotated')).toBe(0);
    });

    it('refuses a token at its idle end, which has no meaning once it was rotated: it may be repeated within the grace', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const end = refreshToken().expiresAtEpochSeconds;
      expect(await rotate(storage, { now: end })).toEqual({ outcome: 'refused' });
      expect(await find('refresh-2')).toBeUndefined();
      const successor = { expiresAtEpochSeconds: end + 1000 };
      expect(await rotate(storage, { now: end - 1, successor })).toEqual({ outcome: 'rotated' });
      const repeated = { outcome: 'repeated', successorSalt: 'salt of refresh-2' };
      expect(await rotate(storage, { to: 'x', now: end })).toEqual(repeated);
      expect((await find('refresh-1'))?.revoked).toBe(false);
    });

    it.each([
      ['kept by every sweep', true],
      ['not swept', false],
    ])(
      'TK-01 takes a rotated token for reuse until the end of its grant, long after its own idle end: %s',
      async (_title, isSwept) => {
        const { storage, countEvents } = subject();
        const end = grant().expiresAtEpochSeconds;
        await grantAccess(storage);
        await rotate(storage, { successor: { expiresAtEpochSeconds: end } });
        await rotate(storage, {
          from: 'refresh-2',
          to: 'refresh-3',
          now: NOW + 1000,
          successor: { expiresAtEpochSeconds: end },
        });
        if (isSwept) for (const at of [refreshToken().expiresAtEpochSeconds, end - 1]) await storage.sweep('a', at);
        expect(await find('refresh-1')).toEqual({
          grant: grant(),
          revoked: false,
          rotated: { atEpochSeconds: NOW, successorUsed: true },
          userGone: false,
          expiresAtEpochSeconds: end,
        });
        expect(await rotate(storage, { to: 'x', now: end - 1 })).toEqual({ outcome: 'reused' });
        expect((await find('refresh-3'))?.revoked).toBe(true);
        expect(await rotate(storage, { from: 'refresh-3', to: 'x', now: end - 1 })).toEqual({ outcome: 'refused' });
        expect(await marksOf(storage, 'grant', 'grant-1', end - 1)).toHaveLength(1);
        expect(await countEvents('refresh_token.reuse_detected')).toBe(1);
      },
    );

    it('TK-01 refuses a rotated token at the end of its grant, and calls it no reuse', async () => {
      const { storage, countEvents } = subject();
      const end = grant().expiresAtEpochSeconds;
      await grantAccess(storage);
      await rotate(storage);
      expect(await rotate(storage, { to: 'x', now: end })).toEqual({ outcome: 'refused' });
      expect(await countEvents('refresh_token.reuse_detected')).toBe(0);
    });

    it('refuses every token of a grant at its absolute end, however fresh', async () => {
      const { storage } = subject();
      const end = grant().expiresAtEpochSeconds;
      await grantAccess(storage, {}, { expiresAtEpochSeconds: end + 1000 });
      expect(await rotate(storage, { now: end })).toEqual({ outcome: 'refused' });
      const successor = { expiresAtEpochSeconds: end + 1000 };
      expect(await rotate(storage, { now: end - 1, successor })).toEqual({ outcome: 'rotated' });
      expect(await rotate(storage, { from: 'refresh-2', to: 'x', now: end })).toEqual({ outcome: 'refused' });
    });

    it('stores all of a rotation or none: a successor that exists leaves the predecessor usable', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await expect(rotate(storage, { to: 'refresh-1' })).rejects.toThrow();
      expect(await countEvents('refresh_token.rotated')).toBe(0);
      expect(await rotate(storage)).toEqual({ outcome: 'rotated' });
    });

    it('refuses a successor of another grant', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      await expect(rotate(storage, { successor: { grantId: 'grant-other' } })).rejects.toThrow('another grant');
      expect(await rotate(storage)).toEqual({ outcome: 'rotated' });
    });

    it('keeps tenants apart: the same hash is another token, and reuse there revokes nothing here', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      expect(await rotate(storage, { tenantId: TENANT_B })).toEqual({ outcome: 'refused' });
      await grantAccess(storage, { tenantId: TENANT_B });
      await rotate(storage, { tenantId: TENANT_B, graceSeconds: 0 });
      const reuse = rotate(storage, { tenantId: TENANT_B, to: 'x', graceSeconds: 0 });
      expect(await reuse).toEqual({ outcome: 'reused' });
      expect((await find('refresh-1'))?.revoked).toBe(false);
      expect(await rotate(storage)).toEqual({ outcome: 'rotated' });
    });
  });
}
