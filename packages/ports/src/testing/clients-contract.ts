import { describe, expect, it } from 'vitest';
import type { Client } from '../stores/clients.js';
import { CLIENT_MARK_REACH_SECONDS, type Revocable } from '../stores/revocation-marks.js';
import {
  client,
  documentedClient,
  event,
  HOSTILE_TEXTS,
  MARK_LIFETIME_SECONDS,
  NOW,
  RESOURCE,
  REVOCATION,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `ClientStore`. */
export function describeClientStore(open: OpenStorage): void {
  describe('clients', () => {
    const subject = useStorage(open);
    const registered = event('client.registered');

    it('gives back every field as it was registered, absent ones as undefined', async () => {
      const { storage } = subject();
      const bare = client();
      const full = client({
        clientId: 'client-2',
        source: 'configured',
        clientSecretHash: 'hash',
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: '{"keys":[]}',
        jwksUri: 'https://client.test/jwks',
        scopes: [],
        applicationType: 'web',
        clientUri: 'https://client.test/',
        redirectUris: ['https://client.test/a', 'https://client.test/b'],
        requirePushedAuthorizationRequests: true,
        dpopBoundAccessTokens: true,
        consentRequired: true,
        tokenExchange: { subjectResources: ['https://a.test/mcp'], targetResources: ['https://b.test/mcp', 'x'] },
        registrationTokenHash: 'hash-of-token',
      });
      await storage.clients.register(bare, event('client.registered'));
      await storage.clients.register(full, event('client.registered'));
      expect(await storage.clients.find('a', 'client-1')).toEqual(bare);
      expect(await storage.clients.find('a', 'client-2')).toEqual(full);
    });

    it('writes the event with the client, and neither when the id is taken', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), event('client.registered'));
      const second = storage.clients.register(client({ clientName: 'Another' }), event('client.registered'));
      await expect(second).rejects.toThrow();
      expect((await storage.clients.find('a', 'client-1'))?.clientName).toBe('A client');
      expect(await countEvents('client.registered')).toBe(1);
    });

    it('keeps tenants apart: the same id is another client', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), event('client.registered'));
      expect(await storage.clients.find('b', 'client-1')).toBeUndefined();
      const other = client({ tenantId: TENANT_B, clientName: 'Of b' });
      await storage.clients.register(other, event('client.registered', TENANT_B));
      expect((await storage.clients.find('a', 'client-1'))?.clientName).toBe('A client');
      expect((await storage.clients.find('b', 'client-1'))?.clientName).toBe('Of b');
    });

    it('ST-04 treats every text as data: hostile ids and names come back unchanged and match only themselves', async () => {
      const { storage } = subject();
      for (const text of HOSTILE_TEXTS) {
        const hostile = client({ clientId: text, clientName: text, redirectUris: [text], clientUri: text });
        await storage.clients.register(hostile, event('client.registered'));
      }
      for (const text of HOSTILE_TEXTS) {
        const found = await storage.clients.find('a', text);
        expect(found).toEqual(client({ clientId: text, clientName: text, redirectUris: [text], clientUri: text }));
        expect(await storage.clients.find(text, text)).toBeUndefined();
      }
      expect(await storage.clients.find('a', '%')).toBeUndefined();
    });

    const keepDocument = (one: Client) =>
      subject().storage.clients.keepDocument(one, event('client.document_changed', one.tenantId));
    const remove = (clientId = 'client-1', tenantId = 'a') =>
      subject().storage.clients.remove(tenantId, clientId, REVOCATION, event('client.removed', tenantId));
    const replaceSecret = (clientId: string, tenantId = 'a') =>
      subject().storage.clients.replaceSecret(
        tenantId,
        clientId,
        'other hash',
        event('client.secret_replaced', tenantId),
      );

    it('are found with their last use: the redemption of a code, or a rotation', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), registered);
      const uses = async () => {
        const [listed] = await storage.clients.list('a', 1);
        const found = await storage.clients.find('a', 'client-1');
        return [listed?.lastUsedAtEpochSeconds, found?.lastUsedAtEpochSeconds];
      };
      expect(await uses()).toEqual([undefined, undefined]);
      await grantAccess(storage);
      expect(await uses()).toEqual([NOW, NOW]);
      await rotate(storage, { now: NOW + 3600 });
      expect(await uses()).toEqual([NOW + 3600, NOW + 3600]);
    });

    it('are noted as used in their own name, once a minute, and only where they are', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), registered);
      const use = async () => (await storage.clients.find('a', 'client-1'))?.lastUsedAtEpochSeconds;
      await storage.clients.noteUse(TENANT_B, 'client-1', NOW);
      await storage.clients.noteUse('a', 'nobody', NOW);
      expect(await use()).toBeUndefined();
      for (const [now, noted] of [
        [NOW, NOW],
        [NOW + 59, NOW],
        [NOW - 10, NOW],
        [NOW + 60, NOW + 60],
      ] as const) {
        await storage.clients.noteUse('a', 'client-1', now);
        expect(await use()).toBe(noted);
      }
      expect(await storage.clients.find('a', 'nobody')).toBeUndefined();
    });

    it('are listed by id, a page at a time', async () => {
      const { storage } = subject();
      for (const clientId of ['c', 'a', 'd', 'b']) await storage.clients.register(client({ clientId }), registered);
      const ofB = client({ tenantId: TENANT_B, clientId: 'bb' });
      await storage.clients.register(ofB, event('client.registered', TENANT_B));
      const page = async (limit: number, after?: string) =>
        (await storage.clients.list('a', limit, after)).map(({ clientId }) => clientId);
      expect(await page(10)).toEqual(['a', 'b', 'c', 'd']);
      expect(await page(2)).toEqual(['a', 'b']);
      expect(await page(2, 'b')).toEqual(['c', 'd']);
      expect(await page(2, 'bb')).toEqual(['c', 'd']);
      expect(await page(2, 'd')).toEqual([]);
      expect(await storage.clients.list('a', 1)).toEqual([client({ clientId: 'a' })]);
    });

    it('ST-04 are listed from any cursor as data', async () => {
      const { storage } = subject();
      for (const clientId of HOSTILE_TEXTS) await storage.clients.register(client({ clientId }), registered);
      expect(await storage.clients.list('a', 100)).toHaveLength(HOSTILE_TEXTS.length);
      for (const after of HOSTILE_TEXTS) {
        const rest = (await storage.clients.list('a', 100, after)).map(({ clientId }) => clientId);
        expect(rest).not.toContain(after);
        if (after !== '') expect(rest).not.toContain('');
      }
    });

    it('keep the document of one that is new, and say so without an event', async () => {
      const { storage, countEvents } = subject();
      expect(await keepDocument(documentedClient())).toBe('first');
      expect(await storage.clients.find('a', documentedClient().clientId)).toEqual(documentedClient());
      expect(await countEvents('client.document_changed')).toBe(0);
    });

    it('keep what a document says now; a change of its fingerprint is an event', async () => {
      const { storage, countEvents } = subject();
      await keepDocument(documentedClient());
      const later = { createdAtEpochSeconds: NOW + 9 };
      const renewed = { fetchedAtEpochSeconds: NOW + 9, freshUntilEpochSeconds: NOW + 99, entityTag: undefined };
      expect(await keepDocument(documentedClient({ clientUri: 'https://x.test/', ...later }, renewed))).toBe(
        'unchanged',
      );
      const found = () => storage.clients.find('a', documentedClient().clientId);
      expect(await found()).toEqual(documentedClient({ clientUri: 'https://x.test/' }, renewed));
      const changed = documentedClient({ clientName: 'Another', ...later }, { fingerprint: 'fingerprint-2' });
      expect(await countEvents('client.document_changed')).toBe(0);
      expect(await keepDocument(changed)).toBe('changed');
      expect(await found()).toEqual({ ...changed, createdAtEpochSeconds: NOW });
      expect(await countEvents('client.document_changed')).toBe(1);
    });

    it('keep one document for thirty that bring it at once, and note one change', async () => {
      const { countEvents } = subject();
      const first = await Promise.all(Array.from({ length: 30 }, () => keepDocument(documentedClient())));
      expect(first.filter((answer) => answer === 'first')).toHaveLength(1);
      expect(first.filter((answer) => answer === 'unchanged')).toHaveLength(29);
      const other = documentedClient({}, { fingerprint: 'fingerprint-2' });
      const second = await Promise.all(Array.from({ length: 30 }, () => keepDocument(other)));
      expect(second.filter((answer) => answer === 'changed')).toHaveLength(1);
      expect(second.filter((answer) => answer === 'unchanged')).toHaveLength(29);
      expect(await countEvents('client.document_changed')).toBe(1);
    });

    it('never put a document in the place of a client that somebody vouched for or that registered itself', async () => {
      const { storage, countEvents } = subject();
      for (const source of ['configured', 'registered', 'dynamic'] as const) {
        const held = client({ clientId: source, source });
        await storage.clients.register(held, registered);
        await expect(keepDocument(documentedClient({ clientId: source }))).rejects.toThrow('without a document');
        expect(await storage.clients.find('a', source)).toEqual(held);
      }
      expect(await countEvents('client.document_changed')).toBe(0);
    });

    it('keep the documents of tenants apart', async () => {
      const { storage } = subject();
      await keepDocument(documentedClient());
      const ofB = documentedClient({ tenantId: TENANT_B }, { fingerprint: 'fingerprint-b' });
      expect(await keepDocument(ofB)).toBe('first');
      expect(await storage.clients.find('a', ofB.clientId)).toEqual(documentedClient());
    });

    it('get another secret where they have one', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), registered);
      const confidential = client({ clientId: 'confidential', clientSecretHash: 'hash' });
      await storage.clients.register(confidential, registered);
      expect(await replaceSecret('unknown')).toBe('unknown');
      expect(await replaceSecret('client-1')).toBe('unknown');
      expect(await replaceSecret('confidential', TENANT_B)).toBe('unknown');
      expect(await storage.clients.find('a', 'client-1')).toEqual(client());
      expect(await storage.clients.find('a', 'confidential')).toEqual(confidential);
      expect(await replaceSecret('confidential')).toBe('replaced');
      expect((await storage.clients.find('a', 'confidential'))?.clientSecretHash).toBe('other hash');
      expect(await countEvents('client.secret_replaced')).toBe(1);
    });

    it('end with their transactions, codes, consents and grants, and with marks; nothing of another client does', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), registered);
      await storage.clients.register(client({ clientId: 'client-2' }), registered);
      await grantAccess(storage);
      await grantAccess(storage, { codeHash: 'c2', grantId: 'grant-2', subject: 'subject-bob' }, { tokenHash: 'r2' });
      await issueCode(storage, { codeHash: 'code-3', grantId: 'grant-3' });
      await storage.transactions.create(transaction());
      await grantAccess(storage, { codeHash: 'c4', grantId: 'grant-4', clientId: 'client-2' }, { tokenHash: 'r4' });
      await grantAccess(storage, { tenantId: TENANT_B });

      expect(await remove()).toBe('removed');
      expect(await storage.clients.find('a', 'client-1')).toBeUndefined();
      expect(await storage.transactions.find('a', 'transaction-1', NOW)).toBeUndefined();
      const code = { codeHash: 'code-3', grant: { grantId: 'grant-3' } };
      expect(await redeem(storage, code)).toEqual({ outcome: 'refused' });
      expect(await rotate(storage)).toEqual({ outcome: 'refused' });
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE)).toBeUndefined();
      for (const grantId of ['grant-1', 'grant-2']) {
        expect((await storage.grants.find('a', grantId))?.revoked).toBe(true);
        expect(await marksOf(storage, 'grant', grantId)).toHaveLength(1);
      }
      expect(await marksOf(storage, 'client', 'client-1')).toEqual([
        expect.objectContaining({
          notBeforeEpochSeconds: NOW + CLIENT_MARK_REACH_SECONDS,
          expiresAtEpochSeconds: NOW + CLIENT_MARK_REACH_SECONDS + MARK_LIFETIME_SECONDS,
        }),
      ]);
      expect((await storage.grants.find('a', 'grant-4'))?.revoked).toBe(false);
      expect(await storage.consents.find('a', 'subject-alice', 'client-2', RESOURCE)).toBeDefined();
      expect((await storage.grants.find('b', 'grant-1'))?.revoked).toBe(false);
      expect(await countEvents('client.removed')).toBe(1);
    });

    it('TK-04 that come back under their id: what was issued to them before stays dead, what is issued later is good', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), registered);
      await grantAccess(storage);
      await remove();
      await storage.clients.register(client(), registered);
      await grantAccess(storage, { codeHash: 'c2', grantId: 'grant-2' }, { tokenHash: 'r2' });
      const ofClient: Revocable = { kind: 'client', value: 'client-1' };
      const ofGrant = (value: string): Revocable => ({ kind: 'grant', value });
      const reach = NOW + CLIENT_MARK_REACH_SECONDS;
      const isDead = (revocables: readonly Revocable[], issuedAt: number, now = reach + 1) =>
        storage.revocationMarks.covers('a', revocables, issuedAt, now);
      for (const issuedAt of [NOW - 600, NOW, reach]) expect(await isDead([ofClient], issuedAt)).toBe(true);
      expect(await isDead([ofClient], reach + 1)).toBe(false);
      // The grant of before is dead for good, whatever time a token of it names; that of now has no mark of its own.
      expect(await isDead([ofGrant('grant-1'), ofClient], reach + 1)).toBe(true);
      expect(await isDead([ofGrant('grant-2'), ofClient], reach + 1)).toBe(false);
      // The mark is there until the last access token that it meets is dead.
      expect(await isDead([ofClient], reach, reach + MARK_LIFETIME_SECONDS - 1)).toBe(true);
    });

    it('are removed once by ten at once', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), registered);
      await grantAccess(storage);
      const answers = await Promise.all(Array.from({ length: 10 }, () => remove()));
      expect(answers.filter((answer) => answer === 'removed')).toHaveLength(1);
      expect(await marksOf(storage, 'client', 'client-1')).toHaveLength(1);
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await countEvents('client.removed')).toBe(1);
    });

    it('that are unknown, or of another tenant, end nothing', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(client(), registered);
      await grantAccess(storage);
      expect(await remove('client-1', TENANT_B)).toBe('unknown');
      expect(await remove('unknown')).toBe('unknown');
      expect(await storage.clients.find('a', 'client-1')).toMatchObject(client());
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await countEvents('client.removed')).toBe(0);
    });

    it('leave no live grant when twenty codes are redeemed while the client is removed', async () => {
      const { storage } = subject();
      await storage.clients.register(client(), registered);
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
        remove(),
      ]);
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
    });
  });
}
