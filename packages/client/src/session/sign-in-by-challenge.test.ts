import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

function setUp() {
  const server = createProtectedServer();
  const session = createSession({
    serverUrl: server.serverUrl,
    transport: server.transport,
    grant: authorizationCode(server.signIn),
  });
  return { server, session };
}

describe('signing in by a challenge', () => {
  it('asks for the scopes that the challenge names, at the metadata that it names', async () => {
    const { server, session } = setUp();
    const elsewhere = 'https://mcp.example/metadata';
    server.routes.set(elsewhere, () => ({
      json: { resource: server.serverUrl, authorization_servers: [server.issuer], scopes_supported: ['a', 'b'] },
    }));
    const challenge = { resourceMetadata: elsewhere, error: undefined, scope: 'b', wantsDpop: false };
    const held = await session.signIn(challenge);
    expect(held.tokens.scopes).toEqual(['b']);
    expect(server.seen[0]?.url).toBe(elsewhere);
  });

  it('goes by the well-known addresses without one', async () => {
    const { server, session } = setUp();
    const held = await session.signIn();
    expect(held.tokens.scopes).toEqual(['a']);
    expect(server.seen[0]?.url).toBe('https://mcp.example/.well-known/oauth-protected-resource/mcp');
  });

  it('asks a person for what they gave before, too, until they sign out', async () => {
    const { server, session } = setUp();
    const challenge = (scope: string) => ({ resourceMetadata: undefined, error: undefined, scope, wantsDpop: false });
    await session.signIn(challenge('b'));
    expect((await session.signIn(challenge('c'))).tokens.scopes).toEqual(['c', 'b']);
    await session.signOut();
    expect((await session.signIn(challenge('c'))).tokens.scopes).toEqual(['c']);
    expect(server.authorizations.map(({ searchParams }) => searchParams.get('scope'))).toEqual(['b', 'c b', 'c']);
  });
});
