import { expect, it } from 'vitest';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

it('CL-02 CL-11 two servers of one resource make one refresh with the token that they share', async () => {
  const server = createProtectedServer({ serverUrl: 'https://mcp.example/a' });
  for (const path of ['/a', '/b']) {
    server.routes.set(`https://mcp.example/.well-known/oauth-protected-resource${path}`, () => ({
      json: { resource: 'https://mcp.example', authorization_servers: [server.issuer], scopes_supported: ['a'] },
    }));
  }
  const store = createMemoryStore();
  let now = 1_800_000_000;
  const open = (serverUrl: string) => createSession(optionsFor(server, { serverUrl, store, now: () => now }));
  for (const path of ['a', 'b']) await open(`https://mcp.example/${path}`).signIn();
  now += 700;
  const held = await Promise.all(['a', 'b'].map((path) => open(`https://mcp.example/${path}`).current()));
  expect(held.map((token) => token?.tokens.accessToken)).toEqual(['at-3', 'at-3']);
  expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'))).toEqual(['rt-2']);
});
