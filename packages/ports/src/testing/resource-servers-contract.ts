import { describe, expect, it } from 'vitest';
import {
  event,
  HOSTILE_TEXTS,
  MARK_LIFETIME_SECONDS,
  NOW,
  RESOURCE,
  REVOCATION,
  resourceDefinition,
  resourceServer,
  TENANT_B,
  transaction,
} from './fixtures.js';
import { grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

const ELSEWHERE = 'https://elsewhere.test/mcp';

/** The contract of `ResourceServerStore`. */
export function describeResourceServerStore(open: OpenStorage): void {
  describe('resource servers', () => {
    const subject = useStorage(open);
    const add = (server = resourceServer()) =>
      subject().storage.resourceServers.add(server, event('resource_server.added', server.tenantId));
    const remove = (identifier = RESOURCE, tenantId = 'a') =>
      subject().storage.resourceServers.remove(
        tenantId,
        identifier,
        REVOCATION,
        event('resource_server.removed', tenantId),
      );

    it('are found by id and by resource, with their whole definition, and listed by resource', async () => {
      const { storage, countEvents } = subject();
      const other = resourceServer({
        resourceServerId: 'resource-server-2',
        resource: resourceDefinition({ identifier: ELSEWHERE, scopes: [], defaultScopes: [] }),
      });
      expect(await add()).toBe('added');
      expect(await add(other)).toBe('added');
      expect(await storage.resourceServers.find('a', 'resource-server-1')).toEqual(resourceServer());
      expect(await storage.resourceServers.findByResource('a', ELSEWHERE)).toEqual(other);
      expect(await storage.resourceServers.list('a')).toEqual([other, resourceServer()]);
      expect(await storage.resourceServers.find('a', RESOURCE)).toBeUndefined();
      expect(await storage.resourceServers.findByResource('a', 'resource-server-1')).toBeUndefined();
      expect(await countEvents('resource_server.added')).toBe(2);
    });

    it('give a resource to one of twenty that ask at once', async () => {
      const { storage, countEvents } = subject();
      const servers = Array.from({ length: 20 }, (_, index) => resourceServer({ resourceServerId: `rs-${index}` }));
      const answers = await Promise.all(servers.map((server) => add(server)));
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
      expect(await storage.resourceServers.list('a')).toEqual([servers[answers.indexOf('added')]]);
      expect(await countEvents('resource_server.added')).toBe(1);
    });

    it.each([
      ['https://origin.test', 'https://origin.test/'],
      ['https://origin.test/', 'https://origin.test'],
    ])(
      'of the origin %s are found by %s as well, and end what was granted in the first spelling',
      async (origin, other) => {
        const { storage } = subject();
        const server = resourceServer({ resource: resourceDefinition({ identifier: origin }) });
        await add(server);
        await grantAccess(storage, { resource: origin });
        expect(await storage.resourceServers.findByResource('a', other)).toEqual(server);
        expect(
          await add(resourceServer({ resourceServerId: 'rs-2', resource: resourceDefinition({ identifier: other }) })),
        ).toBe('exists');
        const replaced = event('resource_server.secret_replaced');
        expect(await storage.resourceServers.replaceSecret('a', other, 'other hash', replaced)).toBe('replaced');
        expect(await storage.resourceServers.list('a')).toEqual([{ ...server, secretHash: 'other hash' }]);
        expect(await remove(other)).toBe('removed');
        expect(await storage.resourceServers.list('a')).toEqual([]);
        expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(true);
      },
    );

    it('give an origin to one of twenty that ask at once in both spellings', async () => {
      const { storage } = subject();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const identifier = index % 2 === 0 ? 'https://origin.test' : 'https://origin.test/';
          return add(resourceServer({ resourceServerId: `rs-${index}`, resource: resourceDefinition({ identifier }) }));
        }),
      );
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(await storage.resourceServers.list('a')).toHaveLength(1);
    });

    it('never share an id', async () => {
      const { storage, countEvents } = subject();
      await add();
      const second = resourceServer({ resource: resourceDefinition({ identifier: ELSEWHERE }) });
      await expect(add(second)).rejects.toThrow();
      expect(await storage.resourceServers.list('a')).toEqual([resourceServer()]);
      expect(await countEvents('resource_server.added')).toBe(1);
    });

    it('get another secret, which takes the place of the old one', async () => {
      const { storage, countEvents } = subject();
      await add();
      const replace = (identifier: string, tenantId = 'a') =>
        storage.resourceServers.replaceSecret(
          tenantId,
          identifier,
          'other hash',
          event('resource_server.secret_replaced', tenantId),
        );
      expect(await replace(ELSEWHERE)).toBe('unknown');
      expect(await replace(RESOURCE, TENANT_B)).toBe('unknown');
      expect(await storage.resourceServers.findByResource('a', RESOURCE)).toEqual(resourceServer());
      expect(await replace(RESOURCE)).toBe('replaced');
      expect(await storage.resourceServers.findByResource('a', RESOURCE)).toEqual(
        resourceServer({ secretHash: 'other hash' }),
      );
      expect(await countEvents('resource_server.secret_replaced')).toBe(1);
    });

    it('end with every transaction, code, consent and grant for their resource, and with marks', async () => {
      const { storage, countEvents } = subject();
      await add();
      await grantAccess(storage);
      await grantAccess(storage, { codeHash: 'c2', grantId: 'grant-2', subject: 'subject-bob' }, { tokenHash: 'r2' });
      await issueCode(storage, { codeHash: 'code-3', grantId: 'grant-3' });
      await storage.transactions.create(transaction());
      const elsewhere = { codeHash: 'c4', grantId: 'grant-4', resource: ELSEWHERE };
      await grantAccess(storage, elsewhere, { tokenHash: 'r4' });

      expect(await remove()).toBe('removed');
      expect(await remove()).toBe('unknown');
      expect(await storage.resourceServers.findByResource('a', RESOURCE)).toBeUndefined();
      expect(await storage.transactions.find('a', 'transaction-1', NOW)).toBeUndefined();
      expect(await redeem(storage, { codeHash: 'code-3', grant: { grantId: 'grant-3' } })).toEqual({
        outcome: 'refused',
      });
      expect(await rotate(storage)).toEqual({ outcome: 'refused' });
      for (const grantId of ['grant-1', 'grant-2']) {
        expect((await storage.grants.find('a', grantId))?.revoked).toBe(true);
        expect(await marksOf(storage, 'grant', grantId)).toEqual([
          expect.objectContaining({ expiresAtEpochSeconds: NOW + MARK_LIFETIME_SECONDS }),
        ]);
      }
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE)).toBeUndefined();
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', ELSEWHERE)).toBeDefined();
      expect((await storage.grants.find('a', 'grant-4'))?.revoked).toBe(false);
      expect(await countEvents('resource_server.removed')).toBe(1);
    });

    it('that are configured besides go without what was granted', async () => {
      const { storage, countEvents } = subject();
      await add();
      await grantAccess(storage);
      const removed = event('resource_server.removed');
      expect(await storage.resourceServers.remove('a', RESOURCE, undefined, removed)).toBe('removed');
      expect(await storage.resourceServers.remove('a', RESOURCE, undefined, removed)).toBe('unknown');
      expect(await storage.resourceServers.find('a', 'resource-server-1')).toBeUndefined();
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
      expect(await marksOf(storage, 'grant', 'grant-1')).toEqual([]);
      expect(await storage.consents.find('a', 'subject-alice', 'client-1', RESOURCE)).toBeDefined();
      expect(await countEvents('resource_server.removed')).toBe(1);
    });

    it('that are removed by ten at once are removed once', async () => {
      const { storage, countEvents } = subject();
      await add();
      await grantAccess(storage);
      const answers = await Promise.all(Array.from({ length: 10 }, () => remove()));
      expect(answers.filter((answer) => answer === 'removed')).toHaveLength(1);
      expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
      expect(await countEvents('resource_server.removed')).toBe(1);
    });

    it('that are unknown end nothing', async () => {
      const { storage } = subject();
      await grantAccess(storage);
      expect(await remove()).toBe('unknown');
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
    });

    it('keep tenants apart: the same resource is another one, and ends nothing here', async () => {
      const { storage } = subject();
      await add();
      await grantAccess(storage);
      expect(await storage.resourceServers.find('b', 'resource-server-1')).toBeUndefined();
      expect(await storage.resourceServers.findByResource('b', RESOURCE)).toBeUndefined();
      expect(await storage.resourceServers.list('b')).toEqual([]);
      expect(await remove(RESOURCE, TENANT_B)).toBe('unknown');
      expect(await add(resourceServer({ tenantId: TENANT_B }))).toBe('added');
      expect(await remove(RESOURCE, TENANT_B)).toBe('removed');
      expect(await storage.resourceServers.findByResource('a', RESOURCE)).toEqual(resourceServer());
      expect((await storage.grants.find('a', 'grant-1'))?.revoked).toBe(false);
    });

    it('ST-04 treat ids, resources and words as data', async () => {
      const { storage } = subject();
      const hostile = HOSTILE_TEXTS.map((text) =>
        resourceServer({
          resourceServerId: text,
          resource: resourceDefinition({
            identifier: text,
            displayName: text,
            scopes: [{ name: text, description: text }],
          }),
        }),
      );
      for (const server of hostile) expect(await add(server)).toBe('added');
      for (const server of hostile) {
        expect(await storage.resourceServers.find('a', server.resourceServerId)).toEqual(server);
        expect(await storage.resourceServers.findByResource('a', server.resource.identifier)).toEqual(server);
      }
      expect(await storage.resourceServers.find('a', '%')).toBeUndefined();
    });
  });
}
