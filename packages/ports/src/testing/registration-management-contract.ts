import { describe, expect, it } from 'vitest';
import type { Client } from '../stores/clients.js';
import type { Revocation } from '../stores/revocation-marks.js';
import { deviceAuthorization } from './device-scenarios.js';
import {
  client,
  event,
  HOSTILE_TEXTS,
  NOW,
  RESOURCE,
  REVOCATION,
  TENANT_A,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `ClientStore` where a client changes its own registration (RFC 7592). */
export function describeRegistrationManagement(open: OpenStorage): void {
  describe('registrations', () => {
    const subject = useStorage(open);
    const registered = event('client.registered');
    const withToken = (changes: Partial<Client> = {}) => client({ registrationTokenHash: 'token-1', ...changes });
    const find = (clientId = 'client-1') => subject().storage.clients.find('a', clientId);
    const findByToken = (hash = 'token-1', tenantId = TENANT_A) =>
      subject().storage.clients.findByRegistrationToken(tenantId, hash);
    const replace = async (changes: Partial<Client> = {}, revocation?: Revocation, hash = 'token-1') => {
      const described = client({ clientName: 'Another name', ...changes });
      const changed = event('client.registration_changed', described.tenantId);
      const { tenantId, clientId } = described;
      const read = await subject().storage.clients.find(tenantId, clientId);
      const held = { ...(read ?? described), registrationTokenHash: hash };
      return subject().storage.clients.replaceRegistration(held, described, revocation, changed);
    };
    const revokeToken = (hash = 'token-1', tenantId = TENANT_A) =>
      subject().storage.clients.revokeRegistrationToken(
        tenantId,
        hash,
        event('client.registration_token_revoked', tenantId),
      );

    it('are found by their token, whole', async () => {
      const { storage } = subject();
      await storage.clients.register(withToken(), registered);
      await storage.clients.register(client({ clientId: 'client-2' }), registered);
      await storage.clients.register(client({ clientId: 'client-3' }), registered);
      expect(await findByToken()).toEqual(withToken());
      expect(await findByToken('token-2')).toBeUndefined();
    });

    it('DC-06 are replaced in all that they say, and in nothing that they are', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken({ scopes: ['a'], clientUri: 'https://x.test/' }), registered);
      await storage.clients.noteUse('a', 'client-1', NOW + 7);
      const described: Partial<Client> = {
        redirectUris: ['https://other.test/'],
        grantTypes: ['authorization_code'],
        tokenEndpointAuthMethod: 'client_secret_basic',
        clientSecretHash: 'hash',
        dpopBoundAccessTokens: true,
        requirePushedAuthorizationRequests: true,
        applicationType: 'web',
      };
      const privileged: Partial<Client> = {
        source: 'registered',
        createdAtEpochSeconds: NOW + 99,
        registrationTokenHash: 'token-2',
      };
      expect(await replace({ ...described, ...privileged })).toBe('replaced');
      const kept = { scopes: ['a'], lastUsedAtEpochSeconds: NOW + 7 };
      const now = { ...withToken({ clientName: 'Another name', ...described }), ...kept };
      expect(await find()).toEqual(now);
      expect(await findByToken()).toEqual(now);
      expect(await findByToken('token-2')).toBeUndefined();
      expect(await countEvents('client.registration_changed')).toBe(1);
    });

    it('DC-06 are not replaced with the token of another client, with none, or after it was taken back', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken(), registered);
      await storage.clients.register(withToken({ clientId: 'client-2', registrationTokenHash: 'token-2' }), registered);
      await storage.clients.register(client({ clientId: 'client-3' }), registered);
      await grantAccess(storage);
      expect(await replace({}, REVOCATION, 'token-2')).toBe('unknown');
      expect(await replace({ clientId: 'client-3' }, REVOCATION)).toBe('unknown');
      expect(await replace({ clientId: 'nobody' }, REVOCATION)).toBe('unknown');
      expect(await replace({ tenantId: TENANT_B }, REVOCATION)).toBe('unknown');
      expect(await revokeToken()).toBe('revoked');
      expect(await replace({}, REVOCATION)).toBe('unknown');
      expect(await find()).toMatchObject(client());
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await countEvents('client.registration_changed')).toBe(0);
    });

    it.each<[string, Partial<Client>]>([
      ['name', { clientName: 'A name of before' }],
      ['addresses', { redirectUris: ['https://before.test/'] }],
      ['keys', { jwks: '{"keys":[]}' }],
      ['secret', { clientSecretHash: 'secret of before' }],
    ])('DC-06 are not replaced by whoever decided on another %s', async (_title, before) => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken({ clientUri: 'https://x.test/' }), registered);
      await grantAccess(storage);
      const held = withToken({ clientUri: 'https://x.test/', ...before });
      const replacing = storage.clients.replaceRegistration(
        held,
        withToken({ clientName: 'Another name' }),
        REVOCATION,
        event('client.registration_changed'),
      );
      expect(await replacing).toBe('changed');
      expect(await find()).toMatchObject({ clientName: 'A client', clientUri: 'https://x.test/' });
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await countEvents('client.registration_changed')).toBe(0);
    });

    it('DC-06 are removed by their own token, and by no other', async () => {
      const { storage, countEvents } = subject();
      const remove = (hash: string) =>
        storage.clients.remove('a', 'client-1', REVOCATION, event('client.registration_deleted'), hash);
      await storage.clients.register(withToken(), registered);
      await grantAccess(storage);
      expect(await remove('token-2')).toBe('unknown');
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await find()).toBeDefined();
      expect(await remove('token-1')).toBe('removed');
      expect(await find()).toBeUndefined();
      expect(await countEvents('client.registration_deleted')).toBe(1);
    });

    it('of clients that did not register themselves are never replaced', async () => {
      const { storage } = subject();
      for (const source of ['configured', 'registered', 'metadata_document'] as const) {
        const held = withToken({ clientId: source, source, registrationTokenHash: source });
        await storage.clients.register(held, registered);
        expect(await replace({ clientId: source }, undefined, source)).toBe('unknown');
        expect(await find(source)).toEqual(held);
      }
    });

    it('that become another client end what was consented to, with marks; the client goes on', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken(), registered);
      await grantAccess(storage);
      await issueCode(storage, { codeHash: 'code-2', grantId: 'grant-2' });
      await storage.transactions.create(transaction());
      await storage.deviceCodes.create(deviceAuthorization());
      await grantAccess(storage, { codeHash: 'c3', grantId: 'grant-3', clientId: 'client-2' }, { tokenHash: 'r3' });

      expect(await replace()).toBe('replaced');
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await storage.transactions.find('a', 'transaction-1', NOW)).toBeDefined();

      expect(await replace({ redirectUris: ['https://other.test/'] }, REVOCATION)).toBe('replaced');
      expect(await storage.transactions.find('a', 'transaction-1', NOW)).toBeUndefined();
      const code = { codeHash: 'code-2', grant: { grantId: 'grant-2' } };
      expect(await redeem(storage, code)).toEqual({ outcome: 'refused' });
      expect(await storage.deviceCodes.find('a', 'device-1')).toBeUndefined();
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE)).toBeUndefined();
      expect(await rotate(storage)).toEqual({ outcome: 'refused' });
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await marksOf(storage, 'client', 'client-1')).toEqual([]);
      expect((await storage.grants.find('a', 'grant-3'))?.revoked).toBe(false);
      expect((await find())?.redirectUris).toEqual(['https://other.test/']);
      expect(await countEvents('client.registration_changed')).toBe(2);
    });

    it('are not replaced by half where their token is taken back at the same time', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken(), registered);
      await grantAccess(storage);
      const [replaced, revoked] = await Promise.all([replace({}, REVOCATION), revokeToken()]);
      expect(revoked).toBe('revoked');
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(replaced === 'replaced');
      expect((await find())?.clientName).toBe(replaced === 'replaced' ? 'Another name' : 'A client');
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(replaced === 'replaced' ? 1 : 0);
      expect(await countEvents('client.registration_changed')).toBe(replaced === 'replaced' ? 1 : 0);
      expect((await find())?.registrationTokenHash).toBeUndefined();
    });

    it('leave no live grant when twenty codes are redeemed while the client becomes another', async () => {
      const { storage } = subject();
      await storage.clients.register(withToken(), registered);
      const indexes = Array.from({ length: 20 }, (_, index) => index);
      for (const index of indexes) await issueCode(storage, { codeHash: `c-${index}`, grantId: `g-${index}` });
      const [replaced] = await Promise.all([
        replace({}, REVOCATION),
        ...indexes.map((index) =>
          redeem(storage, {
            codeHash: `c-${index}`,
            grant: { grantId: `g-${index}` },
            refreshToken: { tokenHash: `r-${index}` },
          }),
        ),
      ]);
      expect(replaced).toBe('replaced');
      expect(await storage.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(false);
    });

    it('DC-06 lose their token once, and their clients go on without one', async () => {
      const { storage, countEvents } = subject();
      await storage.clients.register(withToken(), registered);
      await storage.clients.register(withToken({ clientId: 'client-2', registrationTokenHash: 'token-2' }), registered);
      const answers = await Promise.all(Array.from({ length: 10 }, () => revokeToken()));
      expect(answers.filter((answer) => answer === 'revoked')).toHaveLength(1);
      expect(await find()).toEqual(client());
      expect(await findByToken()).toBeUndefined();
      expect(await findByToken('token-2')).toBeDefined();
      expect(await countEvents('client.registration_token_revoked')).toBe(1);
    });

    it('TN-02 keep tenants apart: a token of one is unknown in the other', async () => {
      const { storage } = subject();
      await storage.clients.register(withToken(), registered);
      expect(await findByToken('token-1', TENANT_B)).toBeUndefined();
      expect(await revokeToken('token-1', TENANT_B)).toBe('unknown');
      await storage.clients.register(withToken({ tenantId: TENANT_B }), event('client.registered', TENANT_B));
      expect(await replace({ tenantId: TENANT_B })).toBe('replaced');
      expect(await findByToken()).toEqual(withToken());
    });

    it('ST-04 are data', async () => {
      const { storage } = subject();
      const hostile = (text: string): Client =>
        withToken({
          clientId: text,
          registrationTokenHash: text,
          tokenExchange: { subjectResources: [text], targetResources: [text, text] },
        });
      for (const text of HOSTILE_TEXTS) await storage.clients.register(hostile(text), registered);
      expect(await findByToken('%')).toBeUndefined();
      for (const text of HOSTILE_TEXTS) {
        expect(await findByToken(text)).toEqual(hostile(text));
        expect(await replace({ clientId: text, clientName: text }, REVOCATION, text)).toBe('replaced');
        expect((await find(text))?.clientName).toBe(text);
        expect(await revokeToken(text)).toBe('revoked');
      }
    });
  });
}
