import { describe, expect, it } from 'vitest';
import type { TransactionIssue } from '../stores/authorization-transactions.js';
import {
  authorizationCode,
  consentOf,
  event,
  HOSTILE_TEXTS,
  NOW,
  pushedRequest,
  redirectAnswer,
  TENANT_A,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { countOutcomes } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `PushedRequestStore`, and of the codes that are issued for pushed requests. */
export function describePushedRequestStore(open: OpenStorage): void {
  describe('pushed requests', () => {
    const subject = useStorage(open);
    const find = (tenantId = TENANT_A) => subject().storage.pushedRequests.find(tenantId, 'pushed-1');

    /** A transaction that began with the request, and lacks its last step only. */
    async function begin(transactionHash: string, tenantId = TENANT_A): Promise<void> {
      const { transactions } = subject().storage;
      const answer = redirectAnswer({ pushedRequestHash: 'pushed-1' });
      await transactions.create(transaction({ tenantId, transactionHash, answer }));
      await transactions.authenticate(tenantId, transactionHash, 'subject-alice', NOW, NOW);
      await transactions.approve(tenantId, transactionHash, ['mcp:tools:read'], NOW);
    }

    function issue(transactionHash: string, now = NOW, tenantId = TENANT_A): Promise<TransactionIssue> {
      const code = authorizationCode({ tenantId, codeHash: `code of ${transactionHash}` });
      const granted = event('consent.granted', tenantId);
      const { transactions } = subject().storage;
      return transactions.issue(tenantId, transactionHash, code, consentOf(code), 'sealed', now, granted);
    }

    it('are found with every field, used or not, expired or not', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      const bound = pushedRequest({ requestHash: 'pushed-2', dpopKeyThumbprint: 'thumbprint-1' });
      await storage.pushedRequests.create(bound);
      expect(await find()).toEqual({ ...pushedRequest(), used: false });
      expect(await storage.pushedRequests.find('a', 'pushed-2')).toEqual({ ...bound, used: false });
      expect(await storage.pushedRequests.find('a', 'pushed-3')).toBeUndefined();
      await begin('t');
      expect(await issue('t')).toEqual({ outcome: 'issued' });
      expect(await find()).toEqual({ ...pushedRequest(), used: true });
    });

    it('are never stored twice', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await expect(storage.pushedRequests.create(pushedRequest({ parameters: 'other' }))).rejects.toThrow();
      expect(await find()).toEqual({ ...pushedRequest(), used: false });
    });

    const deny = (transactionHash: string, tenantId = TENANT_A): Promise<boolean> =>
      subject().storage.transactions.deny(tenantId, transactionHash, NOW, event('consent.denied', tenantId));

    it('PD-01 are not used by looking, nor by beginning', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await begin('first');
      await begin('second');
      expect((await find())?.used).toBe(false);
      expect(await issue('second')).toEqual({ outcome: 'issued' });
    });

    it('PD-01 are used by a transaction that is denied, and by none that was denied before or by another tenant', async () => {
      const { storage } = subject();
      for (const tenantId of [TENANT_A, TENANT_B]) await storage.pushedRequests.create(pushedRequest({ tenantId }));
      const answer = redirectAnswer({ pushedRequestHash: 'pushed-2' });
      await storage.transactions.create(transaction({ transactionHash: 'of none', answer }));
      expect(await deny('of none')).toBe(true);
      await begin('first');
      await begin('second');
      expect(await deny('first')).toBe(true);
      expect(await find()).toEqual({ ...pushedRequest(), used: true });
      expect(await deny('first')).toBe(false);
      expect(await issue('second')).toEqual({ outcome: 'refused' });
      expect((await find(TENANT_B))?.used).toBe(false);
    });

    it('PD-01 that yielded a code can still be denied on another page, with the code as it is', async () => {
      const { storage, countEvents } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await begin('first');
      await begin('second');
      expect(await issue('first')).toEqual({ outcome: 'issued' });
      expect(await deny('second')).toBe(true);
      expect(await storage.codes.find('a', 'code of first')).toBeDefined();
      expect(await countEvents('consent.denied')).toBe(1);
    });

    it('PD-01 yield one code: a second transaction that began with one is refused, and changes nothing', async () => {
      const { storage, countEvents } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await begin('first');
      await begin('second');
      expect(await issue('first')).toEqual({ outcome: 'issued' });
      expect(await issue('second')).toEqual({ outcome: 'refused' });
      expect((await storage.transactions.find('a', 'second', NOW))?.status).toBe('open');
      expect(await storage.codes.find('a', 'code of second')).toBeUndefined();
      expect(await countEvents('consent.granted')).toBe(1);
      // The form of the first one, sent twice.
      expect(await issue('first')).toEqual({ outcome: 'repeated', sealedResponse: 'sealed' });
    });

    it('PD-01 yield one code to twenty transactions that end at once', async () => {
      const { storage, countEvents } = subject();
      await storage.pushedRequests.create(pushedRequest());
      const names = Array.from({ length: 20 }, (_, index) => `t-${index}`);
      for (const name of names) await begin(name);
      const answers = await Promise.all(names.map((name) => issue(name)));
      expect(countOutcomes(answers)).toEqual({ issued: 1, refused: 19 });
      const codes = await Promise.all(names.map((name) => storage.codes.find('a', `code of ${name}`)));
      expect(codes.filter((code) => code !== undefined)).toHaveLength(1);
      expect(await countEvents('consent.granted')).toBe(1);
    });

    it('are used after their end by a transaction that began before it', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await begin('t');
      expect(await issue('t', NOW + 599)).toEqual({ outcome: 'issued' });
    });

    it('that are gone yield nothing', async () => {
      await begin('t');
      expect(await issue('t')).toEqual({ outcome: 'refused' });
      expect((await subject().storage.transactions.find('a', 't', NOW))?.status).toBe('open');
    });

    it('are not used by a code that cannot be stored', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      await storage.pushedRequests.create(pushedRequest({ requestHash: 'pushed-2' }));
      await begin('t');
      await issue('t');
      const answer = redirectAnswer({ pushedRequestHash: 'pushed-2' });
      await storage.transactions.create(transaction({ transactionHash: 'other', answer }));
      await storage.transactions.authenticate('a', 'other', 'subject-alice', NOW, NOW);
      await storage.transactions.approve('a', 'other', [], NOW);
      const taken = authorizationCode({ codeHash: 'code of t' });
      const granted = event('consent.granted');
      const issuing = storage.transactions.issue('a', 'other', taken, consentOf(taken), 'sealed', NOW, granted);
      await expect(issuing).rejects.toThrow();
      expect((await storage.pushedRequests.find('a', 'pushed-2'))?.used).toBe(false);
      expect(await issue('other')).toEqual({ outcome: 'issued' });
    });

    it('TN-02 keep tenants apart: the same hash is another request', async () => {
      const { storage } = subject();
      await storage.pushedRequests.create(pushedRequest());
      expect(await find(TENANT_B)).toBeUndefined();
      await begin('t', TENANT_B);
      expect(await issue('t', NOW, TENANT_B)).toEqual({ outcome: 'refused' });
      await storage.pushedRequests.create(pushedRequest({ tenantId: TENANT_B }));
      expect(await issue('t', NOW, TENANT_B)).toEqual({ outcome: 'issued' });
      expect((await find())?.used).toBe(false);
    });

    it('ST-04 are data', async () => {
      const { storage } = subject();
      const hostile = (text: string) =>
        pushedRequest({ requestHash: text, clientId: text, parameters: text, dpopKeyThumbprint: text });
      for (const text of HOSTILE_TEXTS) await storage.pushedRequests.create(hostile(text));
      for (const text of HOSTILE_TEXTS) {
        expect(await storage.pushedRequests.find('a', text)).toEqual({ ...hostile(text), used: false });
      }
      expect(await storage.pushedRequests.find('a', '%')).toBeUndefined();
    });
  });
}
