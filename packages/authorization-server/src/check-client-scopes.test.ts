import type { ResourceDefinition } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { configuredClient } from './testing/fixtures.js';
import { startTestServer } from './testing/test-server.js';

const FILMS: ResourceDefinition = {
  identifier: 'https://films.test/mcp',
  displayName: 'Films',
  scopes: [{ name: 'films:read', description: 'Read films' }],
  defaultScopes: ['films:read'],
};

/** Configures clients with these scopes, on a store where the resource of films may be registered. */
async function configure(scopes: readonly string[][], isRegistered = false) {
  const storage = createMemoryStorage();
  if (isRegistered) {
    const row = { resourceServerId: 'films', secretHash: nodePlatform.hash('secret'), createdAtEpochSeconds: 0 };
    const added = { type: 'resource_server.added', outcome: 'allowed', tenantId: 'default' } as const;
    await storage.resourceServers.add(
      { tenantId: 'default', resource: FILMS, ...row },
      { ...added, occurredAtEpochSeconds: 0 },
    );
  }
  const configuredClients = scopes.map((list, index) => configuredClient(`client-${index}`, { scopes: list }));
  return startTestServer({ configuredClients }, storage);
}

it('takes scopes of configured and of registered resources', async () => {
  await configure([['files:read'], ['files:write', 'films:read']], true);
});

it('F-12 names every client with the scopes that no resource has, and those that there are', async () => {
  const refused = configure([['files:read', 'flies:read'], ['files:write'], ['films:read', 'x']]);
  await expect(refused).rejects.toThrow(
    new ConfigurationError(
      'configuredClients: "client-0" has the scopes flies:read; "client-2" has the scopes films:read x: no resource has such scopes, ' +
        'neither in resources nor registered in the store; there are files:read files:write. Name some of those, or have the ' +
        'resource there first',
    ),
  );
});

it('F-12 says how long an access token may live at most', async () => {
  await expect(startTestServer({ lifetimes: { accessTokenSeconds: 86_400 } })).rejects.toThrow(
    /^lifetimes\.accessTokenSeconds: must be 3600 at most, and is 86400: /,
  );
  await startTestServer({ lifetimes: { accessTokenSeconds: 3600, clockToleranceSeconds: 60 } });
});
