import { describe, expect, it } from 'vitest';
import {
  authorizationCode,
  consentOf,
  event,
  HOSTILE_TEXTS,
  MARK_LIFETIME_SECONDS,
  NOW,
  REVOCATION,
  signInSession,
  TENANT_B,
  transaction,
  user,
} from './fixtures.js';
import { grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
import { type OpenStorage, type StorageUnderTest, useStorage } from './storage-under-test.js';

/** The contract of `UserStore`. */
export function describeUserStore(open: OpenStorage): void {
  describe('users', () => {
    const subject = useStorage(open);

    it('finds a user by name and by subject, and lists users by name', async () => {
      const { storage, countEvents } = subject();
      const bob = user({ subject: 'subject-bob', username: 'bob' });
      expect(await storage.users.add(bob, event('user.added'))).toBe('added');
      expect(await storage.users.add(user(), event('user.added'))).toBe('added');
      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
      expect(await storage.users.findBySubject('a', 'subject-bob')).toEqual(bob);
      expect(await storage.users.list('a')).toEqual([user(), bob]);
      expect(await countEvents('user.added')).toBe(2);
    });

    it('gives a username to one of twenty that ask at once, and writes one event', async () => {
      const { storage, countEvents } = subject();
      const candidates = Array.from({ length: 20 }, (_, index) => user({ subject: `subject-${index}` }));
      const answers = await Promise.all(candidates.map((one) => storage.users.add(one, event('user.added'))));
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
      expect(await storage.users.list('a')).toHaveLength(1);
      expect(await countEvents('user.added')).toBe(1);
    });

    it('ST-04 treats usernames as data, compared exactly as given', async () => {
      const { storage } = subject();
      for (const [index, username] of HOSTILE_TEXTS.entries()) {
        await storage.users.add(user({ subject: `s${index}`, username }), event('user.added'));
      }
      for (const [index, username] of HOSTILE_TEXTS.entries()) {
        expect((await storage.users.findByUsername('a', username))?.subject).toBe(`s${index}`);
      }
      expect(await storage.users.findByUsername('a', '%')).toBeUndefined();
      expect(await storage.users.list('a')).toHaveLength(HOSTILE_TEXTS.length);
    });

    it('keeps tenants apart: the same name is another user, and no act reaches across', async () => {
      const { storage, countEvents } = subject();
      await storage.users.add(user(), event('user.added'));
      expect(await storage.users.findByUsername('b', 'alice')).toBeUndefined();
      expect(await storage.users.findBySubject('b', 'subject-alice')).toBeUndefined();
      expect(await storage.users.list('b')).toEqual([]);
      const gone = event('user.removed', TENANT_B);
      expect(await storage.users.remove('b', 'subject-alice', REVOCATION, gone)).toBe('unknown');
      expect(await storage.users.resetPassword('b', 'subject-alice', 'new', REVOCATION, gone)).toBe('unknown');
      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
      expect(await countEvents('user.removed')).toBe(0);
      expect(await storage.users.add(user({ tenantId: TENANT_B }), event('user.added', TENANT_B))).toBe('added');
    });

    it('answers unknown for a user it does not have, and writes neither event nor mark', async () => {
      const { storage, countEvents } = subject();
      expect(await storage.users.remove('a', 'nobody', REVOCATION, event('user.removed'))).toBe('unknown');
      expect(await storage.users.resetPassword('a', 'nobody', 'x', REVOCATION, event('user.removed'))).toBe('unknown');
      expect(await countEvents('user.removed')).toBe(0);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    });

    it('removes a user with sessions, open transactions, codes and grants, and marks the subject and each grant', async () => {
      const { storage, countEvents } = subject();
      await openEverything(subject());
      expect(await storage.users.remove('a', 'alice', REVOCATION, event('user.removed'))).toBe('unknown');
      expect(await storage.users.remove('a', 'subject-alice', REVOCATION, event('user.removed'))).toBe('removed');

      expect(await storage.users.findByUsername('a', 'alice')).toBeUndefined();
      expect(await storage.users.findBySubject('a', 'subject-alice')).toBeUndefined();
      await expectEverythingEnded(subject());
      expect(await marksOf(storage, 'subject', 'subject-alice')).toEqual([
        expect.objectContaining({
          tenantId: 'a',
          notBeforeEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
          expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect(await countEvents('user.removed')).toBe(1);
    });

    it('resets a password with the same ends, and leaves the user free to sign in again', async () => {
      const { storage, countEvents } = subject();
      await openEverything(subject());
      const reset = event('user.password_reset');
      expect(await storage.users.resetPassword('a', 'subject-alice', 'new hash', REVOCATION, reset)).toBe('reset');

      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user({ passwordHash: 'new hash' }));
      await expectEverythingEnded(subject());
      expect(await marksOf(storage, 'subject', 'subject-alice')).toEqual([]);
      expect(await countEvents('user.password_reset')).toBe(1);

      await grantAccess(storage, { codeHash: 'later', grantId: 'later' }, { tokenHash: 'later' });
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
      expect(await marksOf(storage, 'grant', 'later')).toEqual([]);
    });

    it('gives a freed username to a new subject that inherits nothing', async () => {
      const { storage } = subject();
      await openEverything(subject());
      await storage.users.remove('a', 'subject-alice', REVOCATION, event('user.removed'));
      const next = user({ subject: 'subject-next' });
      expect(await storage.users.add(next, event('user.added'))).toBe('added');
      expect(await storage.grants.hasLiveGrant('a', 'subject-next', 'client-1', NOW)).toBe(false);
      await expectEverythingEnded(subject());
    });

    const { passwordHash: _, disabled: __, ...stranger } = user({ subject: 'idp|alice' });
    const recognise = (changes: Partial<typeof stranger> = {}) =>
      subject().storage.users.recognise({ ...stranger, ...changes }, event('user.recognised', changes.tenantId ?? 'a'));
    const disable = (who = 'subject-alice', tenantId = 'a') =>
      subject().storage.users.disable(tenantId, who, REVOCATION, event('user.disabled', tenantId));
    const enable = (who = 'subject-alice', tenantId = 'a') =>
      subject().storage.users.enable(tenantId, who, event('user.enabled', tenantId));

    it('recognises a user who signed in elsewhere, and renews the name', async () => {
      const { storage, countEvents } = subject();
      const known = user({ ...stranger, passwordHash: undefined });
      expect(await recognise()).toEqual(known);
      expect(await recognise({ username: 'alice b', createdAtEpochSeconds: NOW + 9 })).toEqual({
        ...known,
        username: 'alice b',
      });
      expect(await storage.users.findBySubject('a', 'idp|alice')).toEqual({ ...known, username: 'alice b' });
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('recognises one user for thirty sign-ins at once', async () => {
      const { storage, countEvents } = subject();
      const answers = await Promise.all(Array.from({ length: 30 }, () => recognise()));
      for (const answer of answers) expect(answer).toEqual(user({ ...stranger, passwordHash: undefined }));
      expect(await storage.users.list('a')).toHaveLength(1);
      expect(await countEvents('user.recognised')).toBe(1);
    });

    it('never finds a user without a password by name, and lets names of theirs be taken', async () => {
      const { storage } = subject();
      await recognise();
      expect(await storage.users.findByUsername('a', 'alice')).toBeUndefined();
      const reset = storage.users.resetPassword('a', 'idp|alice', 'x', REVOCATION, event('user.password_reset'));
      expect(await reset).toBe('unknown');
      expect(await storage.users.add(user(), event('user.added'))).toBe('added');
      await recognise({ subject: 'other|alice' });
      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
      const listed = (await storage.users.list('a')).map((one) => one.subject);
      expect(listed).toEqual(['idp|alice', 'other|alice', 'subject-alice']);
    });

    it('removes a user who signed in elsewhere with all that they had, and lets them come back as somebody new', async () => {
      const { storage, countEvents } = subject();
      await recognise();
      const of = { subject: 'idp|alice', codeHash: 'idp-code', grantId: 'idp-grant' };
      await grantAccess(storage, of, { tokenHash: 'idp-refresh' });
      await storage.users.add(user(), event('user.added'));
      expect(await storage.users.remove('a', 'idp|alice', REVOCATION, event('user.removed'))).toBe('removed');
      expect(await storage.users.list('a')).toEqual([user()]);
      expect(await storage.grants.find('a', 'idp-grant')).toMatchObject({ revoked: true });
      expect(await marksOf(storage, 'grant', 'idp-grant')).toHaveLength(1);
      expect(await marksOf(storage, 'subject', 'idp|alice')).toEqual([]);
      expect(await countEvents('user.removed')).toBe(1);
      await recognise();
      const next = { subject: 'idp|alice', codeHash: 'later', grantId: 'later' };
      await grantAccess(storage, next, { tokenHash: 'later' });
      expect(await storage.grants.hasLiveGrant('a', 'idp|alice', 'client-1', NOW)).toBe(true);
      const renewal = { from: 'idp-refresh', to: 'x', successor: { grantId: 'idp-grant' } };
      expect(await rotate(storage, renewal)).toEqual({ outcome: 'refused' });
    });

    it('leaves a user with a password as they are when a subject from elsewhere is the same', async () => {
      const { storage, countEvents } = subject();
      await storage.users.add(user(), event('user.added'));
      expect(await recognise({ subject: 'subject-alice', username: 'mallory' })).toEqual(user());
      expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(user());
      expect(await countEvents('user.recognised')).toBe(0);
    });

    it('does not enable a disabled user by recognising them', async () => {
      await recognise();
      await disable('idp|alice');
      expect((await recognise({ username: 'new name' })).disabled).toBe(true);
    });

    it('disables a user with all that they had open, and lets them in again with none of it', async () => {
      const { storage, countEvents } = subject();
      await openEverything(subject());
      expect(await disable()).toBe('disabled');
      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user({ disabled: true }));
      await expectEverythingEnded(subject());
      expect(await marksOf(storage, 'subject', 'subject-alice')).toEqual([]);
      expect(await storage.consents.listOfUser('a', 'subject-alice')).toEqual([]);
      expect(await storage.consents.listOfUser('b', 'subject-alice')).not.toEqual([]);
      expect(await countEvents('user.disabled')).toBe(1);

      await issueCode(storage, { codeHash: 'too late', grantId: 'too-late' });
      const tooLate = { codeHash: 'too late', grant: { grantId: 'too-late' }, refreshToken: { tokenHash: 'too late' } };
      expect(await redeem(storage, tooLate)).toEqual({ outcome: 'refused' });

      expect(await enable()).toBe('enabled');
      expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
      await expectEverythingEnded(subject());
      expect(await redeem(storage, tooLate)).toEqual({ outcome: 'redeemed' });
      expect(await countEvents('user.enabled')).toBe(1);
    });

    it('leaves a user who is disabled while twenty codes are redeemed without a live grant', async () => {
      const { storage } = subject();
      const indexes = Array.from({ length: 20 }, (_, index) => index);
      for (const index of indexes) await issueCode(storage, { codeHash: `c-${index}`, grantId: `g-${index}` });
      await Promise.all([
        ...indexes.map((index) =>
          redeem(storage, {
            codeHash: `c-${index}`,
            grant: { grantId: `g-${index}` },
            refreshToken: { tokenHash: `r-${index}` },
          }),
        ),
        disable(),
      ]);
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
    });

    it('disables and enables nobody of another tenant, and nobody unknown', async () => {
      const { storage, countEvents } = subject();
      await storage.users.add(user(), event('user.added'));
      expect(await disable('subject-alice', TENANT_B)).toBe('unknown');
      expect(await disable('unknown')).toBe('unknown');
      expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(user());
      await disable();
      expect(await enable('subject-alice', TENANT_B)).toBe('unknown');
      expect(await enable('unknown')).toBe('unknown');
      expect((await storage.users.findBySubject('a', 'subject-alice'))?.disabled).toBe(true);
      expect(await countEvents('user.enabled')).toBe(0);
    });
  });
}

/** Alice with a session, an open transaction, an unredeemed code and two grants; Bob with a session and a grant; and
 * in the other tenant somebody with Alice's subject and as much as she. */
async function openEverything({ storage }: StorageUnderTest): Promise<void> {
  await storage.users.add(user(), event('user.added'));
  await storage.signInSessions.begin(signInSession());
  await storage.transactions.create(transaction());
  await storage.transactions.authenticate('a', 'transaction-1', 'subject-alice', NOW, NOW);
  await grantAccess(storage);
  await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });
  await issueCode(storage, { codeHash: 'code-3', grantId: 'grant-3' });

  await storage.signInSessions.begin(signInSession({ sessionHash: 'session-bob', subject: 'subject-bob' }));
  const bob = { codeHash: 'code-bob', grantId: 'grant-bob', subject: 'subject-bob' };
  await grantAccess(storage, bob, { tokenHash: 'refresh-bob' });
  await grantAccess(storage, { tenantId: TENANT_B });
  await issueCode(storage, { tenantId: TENANT_B, codeHash: 'code-3', grantId: 'grant-3' });
  await storage.signInSessions.begin(signInSession({ tenantId: TENANT_B }));
  await storage.transactions.create(transaction({ tenantId: TENANT_B }));
  await storage.transactions.authenticate(TENANT_B, 'transaction-1', 'subject-alice', NOW, NOW);
}

async function expectEverythingEnded({ storage }: StorageUnderTest): Promise<void> {
  expect(await storage.signInSessions.use('a', 'session-1', NOW, 1800)).toBeUndefined();
  expect(await storage.transactions.approve('a', 'transaction-1', ['x'], NOW)).toBe(false);
  const issued = event('consent.granted');
  const late = authorizationCode({ codeHash: 'code-late', grantId: 'grant-late' });
  expect(await storage.transactions.issue('a', 'transaction-1', late, consentOf(late), 'sealed', NOW, issued)).toEqual({
    outcome: 'refused',
  });
  const code = { codeHash: 'code-3', grant: { grantId: 'grant-3' }, refreshToken: { tokenHash: 'refresh-c' } };
  expect(await redeem(storage, code)).toEqual({ outcome: 'refused' });
  expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
  expect(await rotate(storage)).toEqual({ outcome: 'refused' });
  for (const grantId of ['grant-1', 'grant-2']) {
    expect(await marksOf(storage, 'grant', grantId)).toEqual([
      expect.objectContaining({
        tenantId: 'a',
        notBeforeEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
        expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS,
      }),
    ]);
  }

  expect(await storage.signInSessions.use('a', 'session-bob', NOW, 1800)).toBeDefined();
  expect(await storage.grants.hasLiveGrant('a', 'subject-bob', 'client-1', NOW)).toBe(true);
  expect(await marksOf(storage, 'grant', 'grant-bob')).toEqual([]);
  expect(await storage.grants.hasLiveGrant('b', 'subject-alice', 'client-1', NOW)).toBe(true);
  expect(await storage.users.findBySubject('b', 'subject-alice')).toBeDefined();
  expect(await storage.codes.find('b', 'code-3')).toBeDefined();
  expect(await storage.signInSessions.use('b', 'session-1', NOW, 1800)).toBeDefined();
  expect(await storage.transactions.find('b', 'transaction-1', NOW)).toMatchObject({ subject: 'subject-alice' });
}
