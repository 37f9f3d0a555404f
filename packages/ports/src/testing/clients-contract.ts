import { describe, expect, it } from 'vitest';
import { client, event, HOSTILE_TEXTS, TENANT_B } from './fixtures.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `ClientStore`. */
export function describeClientStore(open: OpenStorage): void {
  describe('clients', () => {
    const subject = useStorage(open);

    it('gives back every field as it was registered, absent ones as undefined', async () => {
      const { storage } = subject();
      const bare = client();
      const full = client({
        clientId: 'client-2',
        source: 'configured',
        clientSecretHash: 'hash',
        tokenEndpointAuthMethod: 'client_secret_basic',
        scopes: [],
        applicationType: 'web',
        clientUri: 'https://client.test/',
        redirectUris: ['https://client.test/a', 'https://client.test/b'],
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
  });
}
