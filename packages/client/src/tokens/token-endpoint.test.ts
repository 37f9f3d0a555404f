import { beforeEach, describe, expect, it } from 'vitest';
import { workloadIdentity } from '../grants/workload-identity.js';
import { createOAuthFetch, type OAuthFetchOptions } from '../oauth-fetch.js';
import type { ClientEvent } from '../session/session-options.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { type Answer, createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { unsignedJwt } from '../testing/unsigned-jwt.js';

let server: ProtectedServer;
let saved: string[];
let events: ClientEvent[];
beforeEach(() => {
  server = createProtectedServer();
  saved = [];
  events = [];
});

function client(options: Partial<OAuthFetchOptions> = {}) {
  const store = createMemoryStore();
  return createOAuthFetch(
    optionsFor(server, {
      store: {
        ...store,
        save(key, record) {
          saved.push(key.kind);
          return store.save(key, record);
        },
      },
      onEvent: (event) => events.push(event),
      ...options,
    }),
  );
}

const GOOD = { access_token: 'at', token_type: 'Bearer', expires_in: 600 };
const HOSTILE: readonly (readonly [string, Answer, string])[] = [
  ['an error with 200', { json: { ...GOOD, error: 'invalid_grant' } }, 'token_refused'],
  ['no token type', { json: { access_token: 'at' } }, 'token_response_invalid'],
  ['a token type that nobody knows', { json: { ...GOOD, token_type: 'mac' } }, 'token_response_invalid'],
  ['a lifetime below zero', { json: { ...GOOD, expires_in: -1 } }, 'token_response_invalid'],
  ['a lifetime that is a word', { json: { ...GOOD, expires_in: 'NaN' } }, 'token_response_invalid'],
  ['a lifetime beyond all bounds', { json: { ...GOOD, expires_in: 1e308 } }, 'token_response_invalid'],
  ['headers in its token', { json: { ...GOOD, access_token: 'a\r\nX-Evil: 1' } }, 'token_response_invalid'],
  ['more than 1 MiB', { json: { ...GOOD, padding: 'x'.repeat(1024 * 1024) } }, 'token_response_invalid'],
  ['a page', { headers: { 'content-type': 'text/html' } }, 'token_response_invalid'],
  ['a redirect', { status: 307, headers: { location: 'https://evil.example' } }, 'token_response_invalid'],
  ['a key-bound token that nobody asked for', { json: { ...GOOD, token_type: 'DPoP' } }, 'token_response_invalid'],
];

describe('a token endpoint that answers with', () => {
  it.each(HOSTILE)(
    'CL-08 %s: an error that programs can tell, and nothing is kept or sent',
    async (_what, answer, code) => {
      server.routes.set(`${server.issuer}/token`, () => answer);
      await expect(client()(server.serverUrl)).rejects.toMatchObject({ name: 'OAuthClientError', code });
      expect(saved).toEqual(['registration']);
      expect(server.calls).toEqual([null]);
    },
  );

  it('CL-08 more scopes than were asked for is told of', async () => {
    server.routes.set(`${server.issuer}/token`, () => {
      server.accepted.set('at', 'a admin');
      return { json: { ...GOOD, scope: 'a admin' } };
    });
    expect((await client()(server.serverUrl)).ok).toBe(true);
    expect(events).toContainEqual({ type: 'scopes_differ', asked: ['a'], granted: ['a', 'admin'] });
  });
});

it('CL-08 CL-10 no answer may be longer, or take longer, than is good for it', async () => {
  await client()(server.serverUrl);
  const limits = server.seen.map(({ url, maxBytes, timeoutMilliseconds }) => [
    new URL(url).pathname,
    maxBytes,
    timeoutMilliseconds,
  ]);
  expect(limits).toEqual([
    ['/.well-known/oauth-protected-resource/mcp', 64 * 1024, 10_000],
    ['/.well-known/oauth-authorization-server', 64 * 1024, 10_000],
    ['/register', 64 * 1024, 10_000],
    ['/token', 1024 * 1024, 10_000],
  ]);
});

it('CL-09 a workload is asked for an assertion for the issuer, not for the endpoint it is sent to', async () => {
  server = createProtectedServer({ metadata: { token_endpoint: 'https://victim.example/token' } });
  const issue = createProtectedServer().routes.get('https://as.example/token');
  server.routes.set('https://victim.example/token', (request) => {
    server.accepted.set('at-1', '');
    return issue?.(request) ?? {};
  });
  const audiences: string[] = [];
  const grant = workloadIdentity({
    async assertion(audience) {
      audiences.push(audience);
      return unsignedJwt({ aud: audience });
    },
  });
  expect((await client({ grant })(server.serverUrl)).ok).toBe(true);
  expect(audiences).toEqual([server.issuer]);
});
