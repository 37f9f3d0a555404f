import { describe, expect, it } from 'vitest';
import type { AuthorizationCode } from '../stores/authorization-codes.js';
import type { TransactionIssue } from '../stores/authorization-transactions.js';
import type { Consent, ConsentedDescription } from '../stores/consents.js';
import {
  authorizationCode,
  client,
  consent,
  consentOf,
  event,
  HOSTILE_TEXTS,
  MARK_LIFETIME_SECONDS,
  NOW,
  RESOURCE,
  TENANT_B,
  transaction,
  user,
} from './fixtures.js';
import { countOutcomes, issueCode } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const DESCRIPTION: ConsentedDescription = {
  clientName: 'A client “of” its own \u0000 \u001b \u{1F600}',
  redirectUris: ['https://b.test/cb', 'https://a.test/cb'],
  tokenEndpointAuthMethod: 'private_key_jwt',
  jwks: '{"keys":[{"kty":"EC"}]}',
  jwksUri: undefined,
  clientUri: undefined,
};

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

    it('CI-08 keep what the client said of itself, in plain form', async () => {
      await give('one', { documentFingerprint: 'fingerprint-1', clientDescription: DESCRIPTION });
      await give('two', { scopes: ['list'], documentFingerprint: 'fingerprint-1', clientDescription: DESCRIPTION });
      expect((await find())?.clientDescription).toStrictEqual(DESCRIPTION);
      const [listed] = await subject().storage.consents.listOfUser('a', 'subject-alice');
      expect(listed?.clientDescription).toStrictEqual(DESCRIPTION);
    });

    it('CI-08 keep nothing but what a consent depends on of a client that is given for its description', async () => {
      await give('one', { documentFingerprint: 'fingerprint-1', clientDescription: client(DESCRIPTION) });
      expect((await find())?.clientDescription).toStrictEqual(DESCRIPTION);
    });

    it('CI-08 keep the description of the last approval: another one, one where there was none, and none', async () => {
      const before = { scopes: ['read'], documentFingerprint: 'fingerprint-1' };
      await give('one', before);
      expect((await find())?.clientDescription).toBeUndefined();
      await give('two', { ...before, clientDescription: DESCRIPTION });
      expect(await find()).toStrictEqual(consent({ ...before, clientDescription: DESCRIPTION }));
      const other = { ...DESCRIPTION, clientName: 'Another name', jwks: undefined, clientUri: 'https://other.test/' };
      await give('three', { documentFingerprint: 'fingerprint-2', clientDescription: other });
      expect((await find())?.clientDescription).toStrictEqual(other);
      await give('four', {});
      expect(await find()).toStrictEqual(consent());
    });

    it.each(['disconnection', 'client', 'user'] as const)('CI-08 go with the description: %s', async (what) => {
      const { storage } = subject();
      const described = { documentFingerprint: 'fingerprint-1', clientDescription: DESCRIPTION };
      await storage.clients.register(client(), event('client.added'));
      await storage.users.add(user(), event('user.added'));
      await give('one', described);
      const revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };
      if (what === 'disconnection') {
        const withdrawn = event('consent.withdrawn');
        await storage.grants.disconnect('a', 'subject-alice', 'client-1', revocation, withdrawn);
      }
      if (what === 'client') await storage.clients.remove('a', 'client-1', revocation, event('client.removed'));
      if (what === 'user') await storage.users.remove('a', 'subject-alice', revocation, event('user.removed'));
      expect(await find()).toBeUndefined();
      await give('two', { scopes: ['list'], documentFingerprint: 'fingerprint-1' });
      expect(await find()).toStrictEqual(consent({ scopes: ['list'], documentFingerprint: 'fingerprint-1' }));
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
