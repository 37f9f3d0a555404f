import { createAuthorizationServer, createSealedKeyService } from '@portcullis/authorization-server';
import { createBoundedFetch, createSealer, fromBase64Url } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { createPages, STYLESHEET_PATH } from '@portcullis/web';
import { platform } from './platform.mjs';

const tenantId = 'default';

/**
 * The authorization server of this isolate, and what keeps it tidy.
 *
 * @param environment - ISSUER; MASTER_KEY, 32 bytes in base64url; RESOURCE, an MCP server, and RESOURCE_SERVER_SECRET, by which
 * it introspects as `notes`; OPTIONS, more options of the server as JSON, if any
 * @param parts - the host's own sign-in, and what counts
 */
export async function startServer(environment, { signIn, rateLimiter }) {
  const masterKey = fromBase64Url(environment.MASTER_KEY ?? '');
  if (masterKey?.length !== 32) throw new Error('MASTER_KEY is 32 bytes in base64url');
  // For the example: gone with the isolate, and of this isolate alone. README.md says what a real one needs.
  const storage = createMemoryStorage();
  const resource = {
    identifier: environment.RESOURCE,
    displayName: 'Notes',
    scopes: [
      { name: 'notes:read', description: 'read your notes' },
      { name: 'notes:write', description: 'change your notes', implies: ['notes:read'] },
    ],
    defaultScopes: ['notes:read'],
  };
  const now = platform.clock.nowEpochSeconds();
  await storage.resourceServers.add(
    {
      tenantId,
      resourceServerId: 'notes',
      secretHash: platform.hash(environment.RESOURCE_SERVER_SECRET),
      resource,
      createdAtEpochSeconds: now,
    },
    { type: 'resource_server.added', outcome: 'allowed', tenantId, occurredAtEpochSeconds: now },
  );
  const server = await createAuthorizationServer(
    {
      platform,
      storage,
      signIn,
      // For addresses of OPTIONS alone. Called by a function of its own: a worker's fetch takes no other `this`.
      configuredFetch: createBoundedFetch((url, init) => fetch(url, init)),
      keyService: createSealedKeyService(createSealer(masterKey, 'signing keys', platform.random)),
      rateLimiter,
      audit: { record: (event) => console.log(JSON.stringify(event)) },
      pages: createPages({ productName: 'Example', stylesheetPath: STYLESHEET_PATH }),
    },
    {
      ...JSON.parse(environment.OPTIONS ?? '{}'),
      tenantId,
      issuer: environment.ISSUER,
      resources: [resource],
      // From it a key for the nonces of proofs is derived, which every isolate has to share.
      dpop: { nonceSecret: masterKey },
    },
  );
  return {
    server,
    async tidy() {
      await server.keys.rotateIfDue();
      await storage.sweep(tenantId, (storage.clock ?? platform.clock).nowEpochSeconds());
    },
  };
}
