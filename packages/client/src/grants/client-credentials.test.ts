import { describe, expect, it } from 'vitest';
import { createOAuthFetch } from '../oauth-fetch.js';
import { createSession } from '../session/session.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { unsignedJwt } from '../testing/unsigned-jwt.js';
import { clientCredentials } from './client-credentials.js';
import type { Grant } from './grant.js';
import { workloadIdentity } from './workload-identity.js';

/** A server that lists `a b c`, at which this client may have what `allows` says. */
function setUp(grant: Grant, allows: (scope: string | null) => boolean, scopes?: readonly string[]) {
  const server = createProtectedServer();
  const metadata = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';
  server.routes.set(metadata, () => ({
    json: { resource: server.serverUrl, authorization_servers: [server.issuer], scopes_supported: ['a', 'b', 'c'] },
  }));
  const tokenUrl = `${server.issuer}/token`;
  const issue = server.routes.get(tokenUrl);
  server.routes.set(tokenUrl, (request) => {
    const isAllowed = allows(request.form.get('scope'));
    return isAllowed && issue !== undefined ? issue(request) : { status: 400, json: { error: 'invalid_scope' } };
  });
  const options = {
    serverUrl: server.serverUrl,
    transport: server.transport,
    fetch: server.fetch,
    grant,
    client: { preRegistered: { clientId: 'nightly', clientSecret: 's', issuer: server.issuer } },
    ...(scopes === undefined ? {} : { scopes }),
  };
  const asked = () => server.seen.filter(({ url }) => url === tokenUrl).map(({ form }) => form.get('scope'));
  return { server, options, asked };
}

describe.each([
  ['a machine', () => clientCredentials()],
  ['a workload', () => workloadIdentity({ assertion: async (aud) => unsignedJwt({ aud }) })],
])('%s', (_which, grant) => {
  it('asks for the scopes it is told, and for no others that the server lists', async () => {
    const { options, asked } = setUp(grant(), (scope) => scope === 'a', ['a']);
    const held = await createSession(options).signIn();
    expect({ asked: asked(), has: held.tokens.scopes }).toEqual({ asked: ['a'], has: ['a'] });
  });

  it('leaves them to a server that refuses those it lists, where it is told none', async () => {
    const { options, asked } = setUp(grant(), (scope) => scope === null);
    const held = await createSession(options).signIn();
    // The server did not say what it gave, and it gave not what was asked for first.
    expect({ asked: asked(), has: held.tokens.scopes }).toEqual({ asked: ['a b c', null], has: [] });
  });

  it('is told which scopes were refused that it chose, and is asked no second time', async () => {
    const { options, asked } = setUp(grant(), () => false, ['a', 'z']);
    await expect(createSession(options).signIn()).rejects.toMatchObject({
      code: 'token_refused',
      error: 'invalid_scope',
      message: expect.stringMatching(/all of these scopes: a z\..*--scope/),
    });
    expect(asked()).toEqual(['a z']);
  });

  it('asks for what a 403 demands beside what it is told', async () => {
    const { server, options, asked } = setUp(grant(), () => true, ['a']);
    const fetch = createOAuthFetch(options);
    server.needed = 'b';
    expect((await fetch(server.serverUrl)).status).toBe(200);
    expect(asked()).toEqual(['a', 'a b']);
  });

  it('does without no scope that a 403 demands', async () => {
    const { server, options, asked } = setUp(grant(), (scope) => scope === null);
    const fetch = createOAuthFetch(options);
    server.needed = 'b';
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ error: 'invalid_scope' });
    expect(asked()).toEqual(['a b c', null, 'b']);
  });
});
