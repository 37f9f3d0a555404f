import { describe, expect, it } from 'vitest';
import type { TransactionIssue } from '../stores/authorization-transactions.js';
import {
  authorizationCode,
  consent,
  consentOf,
  event,
  HOSTILE_TEXTS,
  NOW,
  redirectAnswer,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { countOutcomes } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const EXPIRED = NOW + 600;
const SCOPES = ['mcp:tools:read'];

/** The contract of `AuthorizationTransactionStore`. */
export function describeAuthorizationTransactionStore(open: OpenStorage): void {
  describe('authorization transactions', () => {
    const subject = useStorage(open);

    const act = {
      authenticate: (who = 'subject-alice', now = NOW, tenantId = 'a') =>
        subject().storage.transactions.authenticate(tenantId, 'transaction-1', who, now, now),
      approve: (scopes = SCOPES, now = NOW, tenantId = 'a') =>
        subject().storage.transactions.approve(tenantId, 'transaction-1', scopes, now),
      issue: (code = authorizationCode(), sealed = 'sealed 1', now = NOW): Promise<TransactionIssue> => {
        const issued = event('consent.granted', code.tenantId);
        const { transactions } = subject().storage;
        return transactions.issue(code.tenantId, 'transaction-1', code, consentOf(code), sealed, now, issued);
      },
      deny: (now = NOW, tenantId = 'a') =>
        subject().storage.transactions.deny(tenantId, 'transaction-1', now, event('consent.denied', tenantId)),
      find: (now = NOW, tenantId = 'a') => subject().storage.transactions.find(tenantId, 'transaction-1', now),
    };

    it('starts open, with nothing decided, and keeps every field', async () => {
      const { storage } = subject();
      const undecided = { approvedScopes: undefined, subject: undefined, authenticatedAtEpochSeconds: undefined };
      await storage.transactions.create(transaction());
      expect(await act.find()).toEqual({ ...transaction(), ...undecided, status: 'open' });
      const bare = transaction({
        transactionHash: 'transaction-2',
        answer: redirectAnswer({ state: undefined }),
        requestedScopes: [],
      });
      await storage.transactions.create(bare);
      const found = await storage.transactions.find('a', 'transaction-2', NOW);
      expect(found).toEqual({ ...bare, ...undecided, status: 'open' });
      for (const answer of [
        redirectAnswer({ dpopKeyThumbprint: 'thumbprint-1', pushedRequestHash: 'pushed-1' }),
        { kind: 'device', deviceCodeHash: 'device-1' },
      ] as const) {
        const other = transaction({ transactionHash: `of ${answer.kind}`, answer });
        await storage.transactions.create(other);
        expect(await storage.transactions.find('a', other.transactionHash, NOW)).toEqual({
          ...other,
          ...undecided,
          status: 'open',
        });
      }
    });

    it.each([
      ['approve, then authenticate', [act.approve, act.authenticate]],
      ['authenticate, then approve', [act.authenticate, act.approve]],
    ])('issues a code after both steps: %s', async (_, [first, second]) => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      expect(await first?.()).toBe(true);
      expect(await act.issue()).toEqual({ outcome: 'refused' });
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      expect(await second?.()).toBe(true);
      expect(await act.issue()).toEqual({ outcome: 'issued' });
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...authorizationCode(), redeemed: false });
      expect(await act.find()).toMatchObject({ status: 'issued', subject: 'subject-alice', approvedScopes: SCOPES });
      expect(await countEvents('consent.granted')).toBe(1);
    });

    it('answers a form that was sent twice with the first response, and stores no second code', async () => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      await act.issue();
      const second = authorizationCode({ codeHash: 'code-2', grantId: 'grant-2' });
      expect(await act.issue(second, 'sealed 2')).toEqual({ outcome: 'repeated', sealedResponse: 'sealed 1' });
      expect(await storage.codes.find('a', 'code-2')).toBeUndefined();
      expect(await countEvents('consent.granted')).toBe(1);
    });

    it('issues one code to twenty forms sent at once, and answers the rest with that same response', async () => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          act.issue(authorizationCode({ codeHash: `code-${index}`, grantId: `grant-${index}` }), `sealed ${index}`),
        ),
      );
      expect(countOutcomes(answers)).toEqual({ issued: 1, repeated: 19 });
      const winner = answers.findIndex(({ outcome }) => outcome === 'issued');
      for (const answer of answers) {
        if (answer.outcome === 'repeated') expect(answer.sealedResponse).toBe(`sealed ${winner}`);
      }
      const stored = await Promise.all(answers.map((_, index) => storage.codes.find('a', `code-${index}`)));
      expect(stored.filter((code) => code !== undefined)).toHaveLength(1);
      expect(await countEvents('consent.granted')).toBe(1);
    });

    it('takes no step after it was issued', async () => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      await act.issue();
      expect(await act.authenticate('subject-bob')).toBe(false);
      expect(await act.approve(['more'])).toBe(false);
      expect(await act.deny()).toBe(false);
      expect(await act.find()).toMatchObject({ status: 'issued', subject: 'subject-alice', approvedScopes: SCOPES });
      expect(await countEvents('consent.denied')).toBe(0);
    });

    it('takes no step after it was denied, and is denied once', async () => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      expect(await act.deny()).toBe(true);
      expect(await act.deny()).toBe(false);
      expect(await act.authenticate()).toBe(false);
      expect(await act.approve()).toBe(false);
      expect(await act.issue()).toEqual({ outcome: 'refused' });
      expect((await act.find())?.status).toBe('denied');
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      expect(await countEvents('consent.denied')).toBe(1);
    });

    it('takes no step once expired, and cannot be found', async () => {
      const { storage, countEvents } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate('subject-alice', EXPIRED - 1);
      await act.approve(SCOPES, EXPIRED - 1);
      expect(await act.find(EXPIRED - 1)).toBeDefined();
      expect(await act.find(EXPIRED)).toBeUndefined();
      expect(await act.authenticate('subject-alice', EXPIRED)).toBe(false);
      expect(await act.approve(SCOPES, EXPIRED)).toBe(false);
      expect(await act.deny(EXPIRED)).toBe(false);
      expect(await act.issue(authorizationCode(), 'sealed 1', EXPIRED)).toEqual({ outcome: 'refused' });
      expect(await countEvents('consent.granted')).toBe(0);
      expect(await act.issue(authorizationCode(), 'sealed 1', EXPIRED - 1)).toEqual({ outcome: 'issued' });
      expect(await act.issue(authorizationCode(), 'sealed 1', EXPIRED)).toEqual({ outcome: 'refused' });
    });

    it('takes an approval back when another user signs in, and keeps it for the same one', async () => {
      await subject().storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      await act.authenticate('subject-alice', NOW + 5);
      expect(await act.find()).toMatchObject({ approvedScopes: SCOPES, authenticatedAtEpochSeconds: NOW + 5 });
      expect(await act.authenticate('subject-bob', NOW + 6)).toBe(true);
      expect(await act.find()).toMatchObject({ subject: 'subject-bob', approvedScopes: undefined });
      expect(await act.issue(authorizationCode({ subject: 'subject-bob' }))).toEqual({ outcome: 'refused' });
    });

    it('issues no code for a user other than the one who signed in last', async () => {
      const { storage } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate('subject-bob');
      await act.approve();
      expect(await act.issue(authorizationCode({ subject: 'subject-alice' }))).toEqual({ outcome: 'refused' });
      expect(await storage.codes.find('a', 'code-1')).toBeUndefined();
      expect(await act.issue(authorizationCode({ subject: 'subject-bob' }))).toEqual({ outcome: 'issued' });
    });

    it('lets a later approval replace an earlier one', async () => {
      await subject().storage.transactions.create(transaction());
      await act.approve(['mcp:tools:read', 'mcp:tools:execute']);
      await act.approve([]);
      expect((await act.find())?.approvedScopes).toEqual([]);
    });

    it('AZ-03 can hold a code that has no challenge', async () => {
      const { storage } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      const bare = authorizationCode({ codeChallenge: undefined, codeChallengeMethod: undefined });
      expect(await act.issue(bare)).toEqual({ outcome: 'issued' });
      expect(await storage.codes.find('a', 'code-1')).toEqual({ ...bare, redeemed: false });
    });

    it('keeps tenants apart: the same handle is another transaction', async () => {
      const { storage } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      expect(await act.find(NOW, TENANT_B)).toBeUndefined();
      expect(await act.authenticate('subject-bob', NOW, TENANT_B)).toBe(false);
      expect(await act.approve(['more'], NOW, TENANT_B)).toBe(false);
      expect(await act.deny(NOW, TENANT_B)).toBe(false);
      expect(await act.issue(authorizationCode({ tenantId: TENANT_B }))).toEqual({ outcome: 'refused' });
      expect(await act.find()).toMatchObject({ status: 'open', subject: 'subject-alice', approvedScopes: SCOPES });
      expect(await act.issue()).toEqual({ outcome: 'issued' });
      expect(await storage.codes.find('b', 'code-1')).toBeUndefined();
    });

    it('refuses to write a code into another tenant', async () => {
      const { storage } = subject();
      await storage.transactions.create(transaction());
      await act.authenticate();
      await act.approve();
      const crossing = storage.transactions.issue(
        'a',
        'transaction-1',
        authorizationCode({ tenantId: TENANT_B }),
        consent({ tenantId: TENANT_B }),
        'sealed 1',
        NOW,
        event('consent.granted'),
      );
      await expect(crossing).rejects.toThrow('another tenant');
      expect((await act.find())?.status).toBe('open');
    });

    it('ST-04 treats state and scopes as data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        const hostile = transaction({
          transactionHash: text,
          answer: redirectAnswer({ state: text }),
          requestedScopes: [text, text],
        });
        await storage.transactions.create(hostile);
        await storage.transactions.approve('a', text, [text], NOW);
        const found = await storage.transactions.find('a', text, NOW);
        expect(found).toMatchObject({ ...hostile, approvedScopes: [text] });
      }
    });
  });
}
