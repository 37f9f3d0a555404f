import { describe, expect, it } from 'vitest';
import type { Grant } from '../stores/grants.js';
import {
  authorizationCode,
  consentOf,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  REVOCATION,
  refreshToken,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
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
      const found = {
        grant: grant(),
        revoked: false,
        rotated: undefined,
        userGone: false,
        expiresAtEpochSeconds: refreshToken().expiresAtEpochSeconds,
      };
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
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    });

    it('keep tenants apart', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      expect(await storage.grants.findByRefreshToken('b', 'refresh-1')).toBeUndefined();
      expect(await storage.grants.hasLiveGrant('b', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await revoke('grant-1', TENANT_B)).toBe(false);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(false);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    });

    it('are found by id, revoked or not, with when they were last used', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const find = () => storage.grants.find('a', 'grant-1');
      expect(await find()).toEqual({ grant: grant(), revoked: false, lastUsedAtEpochSeconds: NOW });
      await rotate(storage, { now: NOW + 10 });
      expect((await find())?.lastUsedAtEpochSeconds).toBe(NOW + 10);
      await rotate(storage, { to: 'x', now: NOW + 20 });
      expect((await find())?.lastUsedAtEpochSeconds).toBe(NOW + 20);
      await rotate(storage, { from: 'unknown', now: NOW + 30 });
      await revoke();
      expect(await find()).toEqual({ grant: grant(), revoked: true, lastUsedAtEpochSeconds: NOW + 20 });
      expect(await rotate(storage, { from: 'refresh-2', to: 'y', now: NOW + 40 })).toEqual({ outcome: 'refused' });
      expect((await find())?.lastUsedAtEpochSeconds).toBe(NOW + 20);
      expect(await storage.grants.find('a', 'unknown')).toBeUndefined();
      expect(await storage.grants.find('b', 'grant-1')).toBeUndefined();
    });

    it('keep how the client proved who it is', async () => {
      const { storage } = subject();
      await issueCode(storage);
      await redeem(storage, { grant: { clientAuthMethod: 'private_key_jwt' } });
      expect((await storage.grants.find('a', 'grant-1'))?.grant).toEqual(
        grant({ clientAuthMethod: 'private_key_jwt' }),
      );
    });

    it('of a user are listed while they live, newest first', async () => {
      const { storage } = subject();
      const add = async (grantId: string, createdAtEpochSeconds: number, changes: Partial<Grant> = {}) => {
        await issueCode(storage, { codeHash: grantId, grantId, ...changes });
        const granted = { grantId, createdAtEpochSeconds, ...changes };
        await redeem(storage, { codeHash: grantId, grant: granted, refreshToken: { tokenHash: grantId } });
      };
      await add('old', NOW - 9);
      await add('new-b', NOW);
      await add('new-a', NOW);
      await add('revoked', NOW);
      await add('of-bob', NOW, { subject: 'subject-bob' });
      await add('of-b', NOW, { tenantId: TENANT_B });
      await revoke('revoked');
      const listed = async (now: number) =>
        (await storage.grants.listOfUser('a', 'subject-alice', now)).map((found) => found.grant.grantId);
      expect(await listed(NOW)).toEqual(['new-a', 'new-b', 'old']);
      expect(await listed(grant().expiresAtEpochSeconds)).toEqual([]);
      const [, , old] = await storage.grants.listOfUser('a', 'subject-alice', NOW);
      expect(old).toEqual({
        grant: grant({ grantId: 'old', createdAtEpochSeconds: NOW - 9 }),
        revoked: false,
        lastUsedAtEpochSeconds: NOW,
      });
    });

    it('say of a refresh token since when it has a successor, and whether that was used', async () => {
      const { storage } = subject();
      const rotated = async (tokenHash: string) => (await storage.grants.findByRefreshToken('a', tokenHash))?.rotated;
      await grantAccess(storage);
      await rotate(storage, { now: NOW + 5 });
      expect(await rotated('refresh-1')).toEqual({ atEpochSeconds: NOW + 5, successorUsed: false });
      expect(await rotated('refresh-2')).toBeUndefined();
      await rotate(storage, { from: 'refresh-2', to: 'refresh-3', now: NOW + 9 });
      expect(await rotated('refresh-1')).toEqual({ atEpochSeconds: NOW + 5, successorUsed: true });
      expect(await rotated('refresh-2')).toEqual({ atEpochSeconds: NOW + 9, successorUsed: false });
    });

    it('say of a refresh token whether its user is gone', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const isGone = async () => (await storage.grants.findByRefreshToken('a', 'refresh-1'))?.userGone;
      await storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled'));
      expect(await isGone()).toBe(true);
      await storage.users.enable('a', 'subject-alice', event('user.enabled'));
      expect(await isGone()).toBe(false);
      await storage.users.remove('a', 'subject-alice', REVOCATION, event('user.removed'));
      expect(await isGone()).toBe(true);
    });

    const revokeWithoutRow = (grantId: string, now = NOW, tenantId = 'a') =>
      subject().storage.grants.revokeWithoutRow(
        tenantId,
        grantId,
        { now, markLifetimeSeconds: MARK_LIFETIME_SECONDS },
        event('grant.revoked', tenantId),
      );

    it('without a row are marked once by thirty at once, and again when the mark is dead', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 30 }, () => revokeWithoutRow('own-name')));
      expect(answers.filter((answer) => answer)).toHaveLength(1);
      expect(await marksOf(storage, 'grant', 'own-name')).toEqual([
        expect.objectContaining({
          notBeforeEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
          expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect(await countEvents('grant.revoked')).toBe(1);
      expect(await revokeWithoutRow('own-name', NOW + MARK_LIFETIME_SECONDS - 1)).toBe(false);
      expect(await revokeWithoutRow('own-name', NOW, TENANT_B)).toBe(true);
      const later = NOW + MARK_LIFETIME_SECONDS;
      expect(await revokeWithoutRow('own-name', later)).toBe(true);
      expect(await marksOf(storage, 'grant', 'own-name', later)).toHaveLength(1);
    });

    const disconnect = (clientId = 'client-1', tenantId = 'a') =>
      subject().storage.grants.disconnect(
        tenantId,
        'subject-alice',
        clientId,
        REVOCATION,
        event('consent.withdrawn', tenantId),
      );

    it('of a client end when its user disconnects it, with all that was under way, and nothing else does', async () => {
      const { storage, countEvents } = subject();
      await grantAccess(storage);
      await grantAccess(
        storage,
        { codeHash: 'c2', grantId: 'grant-2', resource: 'https://x.test' },
        { tokenHash: 'r2' },
      );
      await issueCode(storage, { codeHash: 'code-3', grantId: 'grant-3' });
      await storage.transactions.create(transaction());
      await storage.transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
      await storage.transactions.create(transaction({ transactionHash: 'of nobody yet' }));
      await grantAccess(storage, { codeHash: 'c4', grantId: 'grant-4', clientId: 'client-2' }, { tokenHash: 'r4' });
      await grantAccess(storage, { codeHash: 'c5', grantId: 'grant-5', subject: 'subject-bob' }, { tokenHash: 'r5' });
      await grantAccess(storage, { tenantId: TENANT_B });

      expect(await disconnect()).toBe(true);
      for (const grantId of ['grant-1', 'grant-2']) {
        expect((await storage.grants.find('a', grantId))?.revoked).toBe(true);
        expect(await marksOf(storage, 'grant', grantId)).toHaveLength(1);
      }
      const code = { codeHash: 'code-3', grant: { grantId: 'grant-3' } };
      expect(await redeem(storage, code)).toEqual({ outcome: 'refused' });
      expect(await storage.transactions.find('a', 'transaction-1', NOW)).toBeUndefined();
      const left = await storage.consents.listOfUser('a', 'subject-alice');
      expect(left.map(({ clientId }) => clientId)).toEqual(['client-2']);

      expect(await storage.transactions.find('a', 'of nobody yet', NOW)).toBeDefined();
      for (const grantId of ['grant-4', 'grant-5'])
        expect((await storage.grants.find('a', grantId))?.revoked).toBe(false);
      expect((await storage.grants.find('b', 'grant-1'))?.revoked).toBe(false);
      expect(await storage.consents.listOfUser('b', 'subject-alice')).toHaveLength(1);
      expect(await countEvents('consent.withdrawn')).toBe(1);
    });

    it('are disconnected once by ten at once, and not where there is nothing', async () => {
      const { storage, countEvents } = subject();
      expect(await disconnect()).toBe(false);
      await grantAccess(storage);
      expect(await disconnect('client-2')).toBe(false);
      expect(await disconnect('client-1', TENANT_B)).toBe(false);
      const answers = await Promise.all(Array.from({ length: 10 }, () => disconnect()));
      expect(answers.filter((answer) => answer)).toHaveLength(1);
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await countEvents('consent.withdrawn')).toBe(1);
    });

    it('do not survive a disconnection that meets thirty issues, redemptions and rotations', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      const indexes = Array.from({ length: 10 }, (_, index) => index);
      for (const index of indexes) {
        await issueCode(storage, { codeHash: `c-${index}`, grantId: `g-${index}` });
        await storage.transactions.create(transaction({ transactionHash: `t-${index}` }));
        await storage.transactions.authenticate('a', `t-${index}`, 'subject-alice', NOW, NOW);
        await storage.transactions.approve('a', `t-${index}`, ['x'], NOW);
      }
      const late = (index: number) => authorizationCode({ codeHash: `late-${index}`, grantId: `late-${index}` });
      await Promise.all([
        ...indexes.map((index) =>
          storage.transactions.issue(
            'a',
            `t-${index}`,
            late(index),
            consentOf(late(index)),
            'sealed',
            NOW,
            event('consent.granted'),
          ),
        ),
        disconnect(),
        ...indexes.map((index) =>
          redeem(storage, {
            codeHash: `c-${index}`,
            grant: { grantId: `g-${index}` },
            refreshToken: { tokenHash: `r-${index}` },
          }),
        ),
        ...indexes.map((index) => rotate(storage, { to: `successor-${index}` })),
      ]);
      // Whatever was before the disconnection ended with it; whatever came after found nothing left to go on with.
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
      for (const index of indexes) expect(await storage.codes.find('a', `late-${index}`)).toBeUndefined();
    });
  });
}
