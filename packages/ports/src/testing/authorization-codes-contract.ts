import { describe, expect, it } from 'vitest';
import {
  authorizationCode,
  consent,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  refreshToken,
  TENANT_B,
  transaction,
  user,
} from './fixtures.js';
import { countOutcomes, issueCode, marksOf, redeem } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const EXPIRED = NOW + 60;

/** The contract of `AuthorizationCodeStore`. */
export function describeAuthorizationCodeStore(open: OpenStorage): void {
  describe('authorization codes', () => {
    const subject = useStorage(open);

    it('redeems a code into its grant, refresh token and event', async () => {
      const { storage, countEvents } = subject();
      await issueCode(storage);
      expect(await redeem(storage)).toEqual({ outcome: 'redeemed' });
      expect(await storage.grants.findByRefreshToken('a', 'refresh-1')).toEqual({
        grant: grant(),
        revoked: false,
        rotated: undefined,
        userGone: false,
        expiresAtEpochSeconds: refreshToken().expiresAtEpochSeconds,
      });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
      expect(await countEvents('authorization_code.redeemed')).toBe(1);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    });

    it('redeems without a refresh token', async () => {
      const { storage } = subject();
      await issueCode(storage);
      const events = { redeemed: event('authorization_code.redeemed'), replayed: event('authorization_code.replayed') };
      const answer = await storage.codes.redeem('a', 'code-1', grant(), undefined, NOW, MARK_LIFETIME_SECONDS, events);
      expect(answer).toEqual({ outcome: 'redeemed' });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
    });

    it('AZ-05 redeems once for fifty at once, and the replays leave the grant revoked and marked once', async () => {
      const { storage, countEvents } = subject();
      await issueCode(storage);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => redeem(storage, { refreshToken: { tokenHash: `refresh-${index}` } })),
      );
      expect(countOutcomes(answers)).toEqual({ redeemed: 1, replayed: 49 });

      const winner = answers.findIndex(({ outcome }) => outcome === 'redeemed');
      const found = await Promise.all(
        answers.map((_, index) => storage.grants.findByRefreshToken('a', `refresh-${index}`)),
      );
      expect(found.filter((one) => one !== undefined)).toHaveLength(1);
      expect(found[winner]?.revoked).toBe(true);
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([
        expect.objectContaining({
          tenantId: 'a',
          notBeforeEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
          expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect(await countEvents('authorization_code.redeemed')).toBe(1);
      expect(await countEvents('authorization_code.replayed')).toBe(49);
    });

    it('AZ-04 revokes the grant at a replay, and answers a later replay alike without a second mark', async () => {
      const { storage } = subject();
      await issueCode(storage);
      await redeem(storage);
      expect(await redeem(storage, { now: NOW + 1 })).toEqual({ outcome: 'replayed' });
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(true);
      expect(await redeem(storage, { now: NOW + 2 })).toEqual({ outcome: 'replayed' });
      const [mark, ...more] = await marksOf(storage, 'grant', 'grant-1');
      expect(mark?.notBeforeEpochSeconds).toBe(NOW + 1 + MARK_LIFETIME_SECONDS);
      expect(more).toEqual([]);
    });

    it('AZ-04 consumes nothing by looking: a code that was only found is redeemable', async () => {
      const { storage } = subject();
      await issueCode(storage);
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(), redeemed: false });
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(), redeemed: false });
      expect(await redeem(storage)).toEqual({ outcome: 'redeemed' });
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(), redeemed: true });
    });

    it('CI-08 keeps with a code how its client had to prove who it is', async () => {
      const { storage } = subject();
      const methods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
      for (const clientAuthMethod of methods) {
        await issueCode(storage, { codeHash: clientAuthMethod, clientAuthMethod });
        expect((await storage.codes.find('a', clientAuthMethod))?.clientAuthMethod).toBe(clientAuthMethod);
      }
    });

    it('keeps with a code, and with its grant, the key and the description that they are bound to', async () => {
      const { storage } = subject();
      const bound = { dpopKeyThumbprint: 'thumbprint-1', registrationFingerprint: 'fingerprint-1' };
      await issueCode(storage, bound);
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(bound), redeemed: false });
      expect(await redeem(storage, { grant: bound })).toEqual({ outcome: 'redeemed' });
      const found = await storage.grants.find('a', 'grant-1');
      expect(found?.grant).toEqual(grant(bound));
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.grant).toEqual(grant(bound));
      const [listed] = await storage.grants.listOfUser('a', 'subject-alice', NOW);
      expect(listed?.grant).toEqual(grant(bound));
    });

    it('refuses a code it does not know', async () => {
      const { storage, countEvents } = subject();
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      expect(await redeem(storage)).toEqual({ outcome: 'refused' });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await countEvents('authorization_code.replayed')).toBe(0);
    });

    it('refuses a code at its expiry, and still finds its facts', async () => {
      const { storage } = subject();
      await issueCode(storage);
      expect(await redeem(storage, { now: EXPIRED })).toEqual({ outcome: 'refused' });
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(), redeemed: false });
      expect(await redeem(storage, { now: EXPIRED - 1 })).toEqual({ outcome: 'redeemed' });
    });

    it('AZ-04 takes an expired code that was redeemed for a replay, and revokes its grant', async () => {
      const { storage, countEvents } = subject();
      await issueCode(storage);
      await redeem(storage);
      expect(await redeem(storage, { now: EXPIRED })).toEqual({ outcome: 'replayed' });
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(true);
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await countEvents('authorization_code.replayed')).toBe(1);
    });

    it('AZ-03 refuses a code without a challenge', async () => {
      const { storage } = subject();
      await issueCode(storage, { codeChallenge: undefined, codeChallengeMethod: undefined });
      expect(await redeem(storage)).toEqual({ outcome: 'refused' });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
    });

    it('refuses a code whose user is gone, also when the code was issued after the user went', async () => {
      const { storage, countEvents } = subject();
      await storage.users.add(user(), event('user.added'));
      const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
      await storage.transactions.create(transaction({ expiresAtEpochSeconds: NOW + 60 }));
      await storage.users.add(user({ tenantId: TENANT_B }), event('user.added', TENANT_B));
      await storage.users.remove('a', 'subject-alice', revocation, event('user.removed'));
      await storage.transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
      await storage.transactions.approve('a', 'transaction-1', [], NOW);
      const issued = event('consent.granted');
      await storage.transactions.issue('a', 'transaction-1', authorizationCode(), consent(), 'sealed', NOW, issued);
      expect(await storage.codes.find('a', 'code-1')).toBeDefined();
      expect(await redeem(storage)).toEqual({ outcome: 'refused' });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
      expect(await countEvents('authorization_code.redeemed')).toBe(0);
    });

    it('stores all of a redemption or none: a refresh token that exists leaves the code redeemable', async () => {
      const { storage, countEvents } = subject();
      await issueCode(storage);
      await issueCode(storage, { codeHash: 'code-2', grantId: 'grant-2' });
      await redeem(storage);
      const second = { codeHash: 'code-2', grant: { grantId: 'grant-2' } };
      await expect(redeem(storage, second)).rejects.toThrow();
      expect(await countEvents('authorization_code.redeemed')).toBe(1);
      const retry = redeem(storage, { ...second, refreshToken: { tokenHash: 'refresh-2' } });
      expect(await retry).toEqual({ outcome: 'redeemed' });
    });

    it('refuses to create a grant that is not the one of the code', async () => {
      const { storage } = subject();
      await issueCode(storage);
      await expect(redeem(storage, { grant: { grantId: 'grant-other' } })).rejects.toThrow('grant');
      await expect(redeem(storage, { refreshToken: { grantId: 'grant-other' } })).rejects.toThrow('grant');
      expect(await redeem(storage)).toEqual({ outcome: 'redeemed' });
    });

    it('keeps tenants apart: the same hash is another code, and a replay there revokes nothing here', async () => {
      const { storage } = subject();
      await issueCode(storage);
      expect(await storage.codes.find('b', 'code-1')).toBeUndefined();
      expect(await redeem(storage, { grant: { tenantId: TENANT_B } })).toEqual({ outcome: 'refused' });
      expect(await redeem(storage)).toEqual({ outcome: 'redeemed' });
      expect(await storage.grants.findByRefreshToken('b', 'refresh-1')).toBeUndefined();

      await issueCode(storage, { tenantId: TENANT_B });
      await redeem(storage, { grant: { tenantId: TENANT_B } });
      expect(await redeem(storage, { grant: { tenantId: TENANT_B } })).toEqual({ outcome: 'replayed' });
      expect((await storage.grants.findByRefreshToken('b', 'refresh-1'))?.revoked).toBe(true);
      expect((await storage.grants.findByRefreshToken('a', 'refresh-1'))?.revoked).toBe(false);
      expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([]);
      expect(await marksOf(storage, 'grant', 'grant-1', NOW, TENANT_B)).toHaveLength(1);
    });
  });
}
