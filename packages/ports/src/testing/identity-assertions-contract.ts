import { describe, expect, it } from 'vitest';
import type { IdentityAssertionUse } from '../stores/identity-assertions.js';
import {
  client,
  event,
  grant,
  HOSTILE_TEXTS,
  identityAssertionUse,
  MARK_LIFETIME_SECONDS,
  NOW,
  REVOCATION,
  TENANT_A,
  TENANT_B,
  user,
} from './fixtures.js';
import { issueCode } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `IdentityAssertionStore`. */
export function describeIdentityAssertionStore(open: OpenStorage): void {
  describe('identity assertions', () => {
    const subject = useStorage(open);
    const redeem = (changes: Partial<IdentityAssertionUse> = {}, now = NOW, tenantId = TENANT_A) =>
      subject().storage.identityAssertions.redeem(tenantId, identityAssertionUse(changes), now, MARK_LIFETIME_SECONDS, {
        issued: event('identity_assertion.issued', tenantId),
        recognised: event('user.recognised', tenantId),
      });
    /** The grant of the fixtures, under another id. */
    const as = (grantId: string) => ({ grant: grant({ grantId, expiresAtEpochSeconds: NOW + 3600 }) });
    const { user: alice } = identityAssertionUse();
    const elsewhere = user({ passwordHash: undefined });

    it('become the grant and its event, and the use of the client is noted', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), event('client.registered'));
      await storage.users.recognise(alice, event('user.recognised'));
      expect(await redeem({ admitsNewUsers: false }, NOW + 5)).toBe('issued');
      expect(await storage.grants.find('a', 'grant-1')).toEqual({
        grant: identityAssertionUse().grant,
        revoked: false,
        lastUsedAtEpochSeconds: NOW + 5,
      });
      expect((await storage.clients.find('a', 'client-1'))?.lastUsedAtEpochSeconds).toBe(NOW + 5);
      expect(await countEvents('identity_assertion.issued')).toBe(1);
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('add a user who is not known yet, where new ones are admitted', async () => {
      const { storage, countEvents } = subject();
      expect(await redeem()).toBe('issued');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(elsewhere);
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('renew the name of a user who signs in elsewhere, and leave one with a password as they are', async () => {
      const { storage, countEvents } = subject();
      await storage.users.recognise({ ...alice, username: 'before' }, event('user.recognised'));
      await storage.users.add(user({ subject: 'subject-bob', username: 'bob' }), event('user.added'));
      expect(await redeem()).toBe('issued');
      const bob = { ...alice, subject: 'subject-bob', username: 'robert' };
      const ofBob = grant({ grantId: 'grant-2', subject: 'subject-bob' });
      expect(await redeem({ idHash: 'assertion-2', user: bob, grant: ofBob })).toBe('issued');
      expect((await storage.users.findBySubject('a', 'subject-alice'))?.username).toBe('alice');
      expect((await storage.users.findBySubject('a', 'subject-bob'))?.username).toBe('bob');
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('XG-05 are used up by their first use, and by nothing else', async () => {
      const { storage, countEvents } = subject();
      expect(await redeem()).toBe('issued');
      expect(await redeem(as('grant-2'))).toBe('replayed');
      expect(await storage.grants.find('a', 'grant-2')).toBeUndefined();
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await redeem({ idHash: 'assertion-2', ...as('grant-2') })).toBe('issued');
      expect(await countEvents('identity_assertion.issued')).toBe(2);
      const use = (idHash: string) => storage.oneTimeIds.use('a', 'identity_assertion', idHash, NOW + 60, NOW);
      expect(await use('assertion-1')).toBe(false);
      expect(await use('assertion-3')).toBe(true);
      expect(await redeem({ idHash: 'assertion-3', ...as('grant-3') })).toBe('replayed');
    });

    it('XG-05 are used by one of twenty at once, who is the one that the new user is added by', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => redeem(as(`grant-${index}`))));
      expect(answers.filter((answer) => answer === 'issued')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'replayed')).toHaveLength(19);
      const grants = await storage.grants.listOfUser('a', 'subject-alice', NOW);
      expect(grants.map(({ grant: { grantId } }) => grantId)).toEqual([`grant-${answers.indexOf('issued')}`]);
      expect(await countEvents('identity_assertion.issued')).toBe(1);
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('may be twenty of one new user at once: each is used, and one adds the user', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          redeem({ idHash: `a-${index}`, user: { ...alice, username: `name ${index}` }, ...as(`grant-${index}`) }),
        ),
      );
      expect(new Set(answers)).toEqual(new Set(['issued']));
      expect(await storage.grants.listOfUser('a', 'subject-alice', NOW)).toHaveLength(20);
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('XG-04 of a disabled user change nothing, and are good once the user is enabled again', async () => {
      const { storage, countEvents } = subject();
      await storage.users.recognise({ ...alice, username: 'before' }, event('user.recognised'));
      await storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled'));
      expect(await redeem()).toBe('user_gone');
      expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
      expect((await storage.users.findBySubject('a', 'subject-alice'))?.username).toBe('before');
      expect(await countEvents('identity_assertion.issued')).toBe(0);
      await storage.users.enable('a', 'subject-alice', event('user.enabled'));
      expect(await redeem()).toBe('issued');
    });

    it('of an unknown user change nothing where no new ones are admitted', async () => {
      const { storage, countEvents } = subject();
      expect(await redeem({ admitsNewUsers: false })).toBe('user_gone');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toBeUndefined();
      expect(await storage.grants.find('a', 'grant-1')).toBeUndefined();
      expect(await countEvents('user.recognised')).toBe(0);
      expect(await redeem()).toBe('issued');
    });

    it('XG-04 that rest on a consent are used while it stands, in all that it was found to say, and change nothing otherwise', async () => {
      const { storage, countEvents } = subject();
      const found = { scopes: ['mcp:tools:read'], documentFingerprint: undefined };
      const resting = { consent: found, ...as('grant-2') };
      expect(await redeem(resting)).toBe('without_consent');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toBeUndefined();
      await issueCode(storage);
      await issueCode(storage, { codeHash: 'code-b', tenantId: TENANT_B });
      expect(await redeem({ ...resting, consent: { ...found, documentFingerprint: 'before' } })).toBe(
        'without_consent',
      );
      const more = { ...found, scopes: [...found.scopes, 'mcp:tools:execute'] };
      expect(await redeem({ ...resting, consent: more })).toBe('without_consent');
      expect(await storage.grants.find('a', 'grant-2')).toBeUndefined();
      expect(await countEvents('identity_assertion.issued')).toBe(0);
      expect(await redeem(resting)).toBe('issued');
      await storage.grants.disconnect('a', 'subject-alice', 'client-1', REVOCATION, event('consent.withdrawn'));
      expect((await storage.grants.find('a', 'grant-2'))?.revoked).toBe(true);
      expect(await redeem({ idHash: 'assertion-2', consent: found, ...as('grant-3') })).toBe('without_consent');
      expect(await storage.grants.find('a', 'grant-3')).toBeUndefined();
    });

    it('XG-04 leave no live grant to a client that the user disconnects while twenty are used', async () => {
      const { storage } = subject();
      await issueCode(storage);
      const consent = { scopes: ['mcp:tools:read'], documentFingerprint: undefined };
      const [ended, ...answers] = await Promise.all([
        storage.grants.disconnect('a', 'subject-alice', 'client-1', REVOCATION, event('consent.withdrawn')),
        ...Array.from({ length: 20 }, (_, index) => redeem({ idHash: `a-${index}`, consent, ...as(`grant-${index}`) })),
      ]);
      expect(ended).toBe(true);
      expect(answers.filter((answer) => answer !== 'issued' && answer !== 'without_consent')).toEqual([]);
      expect(await storage.grants.listOfUser('a', 'subject-alice', NOW)).toEqual([]);
    });

    it('that were used stay so when their user goes: a replay adds nobody', async () => {
      const { storage, countEvents } = subject();
      await storage.users.add(user(), event('user.added'));
      expect(await redeem()).toBe('issued');
      await storage.users.remove('a', 'subject-alice', REVOCATION, event('user.removed'));
      expect(await redeem(as('grant-2'))).toBe('replayed');
      expect(await redeem({ admitsNewUsers: false, ...as('grant-2') })).toBe('replayed');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toBeUndefined();
      expect(await countEvents('user.recognised')).toBe(0);
    });

    it('leave no live grant to a user who is disabled while twenty are used', async () => {
      const { storage } = subject();
      await storage.users.recognise(alice, event('user.recognised'));
      await Promise.all([
        ...Array.from({ length: 20 }, (_, index) => redeem({ idHash: `a-${index}`, ...as(`grant-${index}`) })),
        storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled')),
      ]);
      expect(await storage.grants.listOfUser('a', 'subject-alice', NOW)).toEqual([]);
    });

    it('are forgotten at their end, and not before', async () => {
      expect(await redeem()).toBe('issued');
      expect(await redeem(as('grant-2'), NOW + 299)).toBe('replayed');
      expect(await redeem(as('grant-2'), NOW + 300)).toBe('issued');
    });

    it('are not used by a grant that cannot be stored, nor by one of another user or tenant', async () => {
      const { storage, countEvents } = subject();
      await redeem();
      await expect(redeem({ idHash: 'assertion-2' })).rejects.toThrow();
      for (const other of [grant({ subject: 'subject-bob' }), grant({ tenantId: TENANT_B })]) {
        await expect(redeem({ idHash: 'assertion-2', grant: other })).rejects.toThrow('Not the grant');
      }
      const stranger = { ...alice, tenantId: TENANT_B };
      await expect(redeem({ idHash: 'assertion-2', user: stranger })).rejects.toThrow('Not the grant');
      expect(await countEvents('identity_assertion.issued')).toBe(1);
      expect(await redeem({ idHash: 'assertion-2', ...as('grant-2') })).toBe('issued');
      expect(await storage.grants.find('a', 'grant-2')).toBeDefined();
    });

    it('TN-02 keep tenants apart: the same assertion is another one', async () => {
      const { storage } = subject();
      expect(await redeem()).toBe('issued');
      const ofB = { user: { ...alice, tenantId: TENANT_B }, grant: grant({ tenantId: TENANT_B }) };
      expect(await redeem({ ...ofB, admitsNewUsers: false }, NOW, TENANT_B)).toBe('user_gone');
      expect(await storage.users.findBySubject('b', 'subject-alice')).toBeUndefined();
      expect(await redeem(ofB, NOW, TENANT_B)).toBe('issued');
      expect(await storage.grants.find('b', 'grant-1')).toBeDefined();
    });

    it('ST-04 are data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        const hostile = { ...alice, subject: text, username: text };
        const granted = grant({ grantId: text, subject: text, clientId: text, scopes: [text] });
        expect(await redeem({ idHash: text, user: hostile, grant: granted })).toBe('issued');
        expect(await storage.users.findBySubject('a', text)).toEqual({ ...elsewhere, subject: text, username: text });
        expect((await storage.grants.find('a', text))?.grant).toEqual(granted);
        expect(await redeem({ idHash: text, user: hostile, grant: granted })).toBe('replayed');
      }
      expect(await storage.users.list('a')).toHaveLength(HOSTILE_TEXTS.length);
    });
  });
}
