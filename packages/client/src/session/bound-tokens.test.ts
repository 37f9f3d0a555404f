import { beforeEach, describe, expect, it } from 'vitest';
import type { OAuthFetchOptions } from '../oauth-fetch.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

let server: ProtectedServer;
let now: number;
beforeEach(() => {
  server = createProtectedServer();
  now = 1_800_000_000;
});

const open = (options: Partial<OAuthFetchOptions> = {}) =>
  createSession(optionsFor(server, { now: () => now, ...options }));

/** The token endpoint issues tokens of that type. */
function issue(tokenType: string): void {
  const answer = { access_token: `of-${tokenType}`, token_type: tokenType, expires_in: 600, refresh_token: 'rt' };
  server.routes.set(`${server.issuer}/token`, () => ({ json: answer }));
}

describe('CL-08 a token that is bound to no key', () => {
  it('is refused where every token is to be bound, and nothing is kept', async () => {
    const session = open({ dpop: 'always' });
    await expect(session.signIn()).rejects.toMatchObject({ code: 'token_response_invalid' });
    expect(await session.current()).toBeUndefined();
  });

  it('is refused where the server says that it takes bound ones only', async () => {
    server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({
      json: {
        resource: server.serverUrl,
        authorization_servers: [server.issuer],
        dpop_bound_access_tokens_required: true,
      },
    }));
    const session = open();
    await expect(session.signIn()).rejects.toMatchObject({ code: 'token_response_invalid' });
    issue('DPoP');
    expect((await session.signIn()).tokens.tokenType).toBe('DPoP');
    issue('Bearer');
    now += 700;
    await expect(session.current()).rejects.toMatchObject({ code: 'token_response_invalid' });
  });

  it('is refused in place of one that was bound, where every token is to be', async () => {
    issue('DPoP');
    const store = createMemoryStore();
    await open({ dpop: 'always', store }).signIn();
    issue('Bearer');
    now += 700;
    await expect(open({ dpop: 'always', store }).current()).rejects.toMatchObject({ code: 'token_response_invalid' });
  });

  it('is taken where nobody asks for another one', async () => {
    expect((await open().signIn()).tokens.tokenType).toBe('Bearer');
  });
});
