import { describe, expect, it } from 'vitest';
import type { AuthorizationCode } from '../stores/authorization-codes.js';
import type { TransactionIssue } from '../stores/authorization-transactions.js';
import type { Consent } from '../stores/consents.js';
import {
  authorizationCode,
  consent,
  consentOf,
  event,
  HOSTILE_TEXTS,
  NOW,
  RESOURCE,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { countOutcomes, issueCode } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const ELSEWHERE = 'https://elsewhere.test/mcp';

/** The contract of `ConsentStore`, and of how `AuthorizationTransactionStore.issue` keeps a consent. */
export function describeConsentStore(open: OpenStorage): void {
  describe('consents', () => {
    const subject = useStorage(open);
    const find = (resource = RESOURCE, tenantId = 'a') =>
      subject().storage.consents.find(tenantId, 'subject-alice', 'client-1', resource);

    /** Brings one more transaction to where it can be issued. */
    async function prepare(name: string, resource = RESOURCE): Promise<void> {
      const { transactions } = subject().storage;
      await transactions.create(transaction({ transactionHash: name, resource }));
      await transactions.authenticate('a', name, 'subject-alice', NOW, NOW);
      await transactions.approve('a', name, [], NOW);
    }

    function issue(name: string, given: Partial<Consent>, code: Partial<AuthorizationCode> = {}) {
      const issued = authorizationCode({ codeHash: name, grantId: name, ...code });
      const kept = consentOf(issued, given);
      const { transactions } = subject().storage;
      return transactions.issue('a', name, issued, kept, 'sealed', NOW, event('consent.granted'));
    }

    async function give(name: string, given: Partial<Consent>): Promise<TransactionIssue> {
      await prepare(name, given.resource);
      return issue(name, given, given.resource === undefined ? {} : { resource: given.resource });
    }

    it('are kept with the code', async () => {
      await give('one', { scopes: ['read', 'write'], documentFingerprint: 'fingerprint-1' });
      expect(await find()).toEqual(consent({ scopes: ['read', 'write'], documentFingerprint: 'fingerprint-1' }));
    });

    it('grow with every approval, and say when the last one was', async () => {
      await give('one', { scopes: ['read', 'write'] });
      await give('two', { scopes: ['list', 'read'], grantedAtEpochSeconds: NOW + 5 });
      expect(await find()).toEqual(consent({ scopes: ['read', 'write', 'list'], grantedAtEpochSeconds: NOW + 5 }));
      await give('three', { scopes: [], grantedAtEpochSeconds: NOW + 6 });
      expect(await find()).toEqual(consent({ scopes: ['read', 'write', 'list'], grantedAtEpochSeconds: NOW + 6 }));
    });

    it('give way to a new one when the document of the client is another one', async () => {
      await give('one', { scopes: ['read', 'write'], documentFingerprint: 'fingerprint-1' });
      await give('two', { scopes: ['list'], documentFingerprint: 'fingerprint-2' });
      expect(await find()).toEqual(consent({ scopes: ['list'], documentFingerprint: 'fingerprint-2' }));
      await give('three', { scopes: ['read'] });
      expect(await find()).toEqual(consent({ scopes: ['read'] }));
    });

    it('lose no scope of thirty that are given at once', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `t-${index}`);
      for (const name of names) await prepare(name);
      const answers = await Promise.all(names.map((name) => issue(name, { scopes: [`scope-${name}`] })));
      expect(countOutcomes(answers)).toEqual({ issued: 30 });
      const kept = await find();
      expect([...(kept?.scopes ?? [])].sort()).toEqual(names.map((name) => `scope-${name}`).sort());
    });

    it('are not kept where no code is issued', async () => {
      const { storage } = subject();
      await storage.transactions.create(transaction({ transactionHash: 'one' }));
      expect(await issue('one', {})).toEqual({ outcome: 'refused' });
      expect(await find()).toBeUndefined();
      await give('two', { scopes: ['read'] });
      expect((await issue('two', { scopes: ['more'] })).outcome).toBe('repeated');
      expect((await find())?.scopes).toEqual(['read']);
    });

    it.each<[string, Partial<Consent>]>([
      ['another user', { subject: 'subject-bob' }],
      ['another client', { clientId: 'client-2' }],
      ['another resource', { resource: ELSEWHERE }],
      ['another tenant', { tenantId: TENANT_B }],
    ])('are refused beside a code of %s, and nothing is issued', async (_, given) => {
      await prepare('one');
      await expect(issue('one', given)).rejects.toThrow('not the one of this code');
      expect((await subject().storage.transactions.find('a', 'one', NOW))?.status).toBe('open');
    });

    it('are of one user, one client and one resource', async () => {
      const { storage } = subject();
      await give('one', {});
      expect(await storage.consents.find('a', 'subject-bob', 'client-1', RESOURCE)).toBeUndefined();
      expect(await storage.consents.find('a', 'subject-alice', 'client-2', RESOURCE)).toBeUndefined();
      expect(await find(ELSEWHERE)).toBeUndefined();
      await give('two', { resource: ELSEWHERE, scopes: ['elsewhere'] });
      expect((await find())?.scopes).toEqual(['mcp:tools:read']);
      expect((await find(ELSEWHERE))?.scopes).toEqual(['elsewhere']);
    });

    it('of a user are listed by client and resource', async () => {
      const { storage } = subject();
      await issueCode(storage, { codeHash: 'x', grantId: 'x', clientId: 'client-2' });
      await issueCode(storage);
      await issueCode(storage, { codeHash: 'y', grantId: 'y', resource: ELSEWHERE });
      await issueCode(storage, { codeHash: 'z', grantId: 'z', subject: 'subject-bob' });
      const listed = await storage.consents.listOfUser('a', 'subject-alice');
      expect(listed.map(({ clientId, resource }) => [clientId, resource])).toEqual([
        ['client-1', ELSEWHERE],
        ['client-1', RESOURCE],
        ['client-2', RESOURCE],
      ]);
    });

    it('keep tenants apart', async () => {
      const { storage } = subject();
      await issueCode(storage);
      expect(await find(RESOURCE, TENANT_B)).toBeUndefined();
      expect(await storage.consents.listOfUser('b', 'subject-alice')).toEqual([]);
      await issueCode(storage, { tenantId: TENANT_B, scopes: ['of b'] });
      expect((await find())?.scopes).toEqual(['mcp:tools:read']);
      expect((await find(RESOURCE, TENANT_B))?.scopes).toEqual(['of b']);
    });

    it('ST-04 treat scopes, clients and subjects as data', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        await issueCode(storage, { codeHash: text, grantId: text, clientId: text, subject: text, scopes: [text] });
      }
      for (const text of HOSTILE_TEXTS) {
        expect((await storage.consents.find('a', text, text, RESOURCE))?.scopes).toEqual([text]);
        expect(await storage.consents.listOfUser('a', text)).toHaveLength(1);
      }
      expect(await storage.consents.listOfUser('a', '%')).toEqual([]);
    });
  });
}
