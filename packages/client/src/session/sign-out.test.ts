import { beforeEach, describe, expect, it } from 'vitest';
import type { OAuthFetchOptions } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

let server: ProtectedServer;
let store: ClientStore;
const REVOKE = 'https://as.example/revoke';
beforeEach(() => {
  server = createProtectedServer({ metadata: { revocation_endpoint: REVOKE } });
  server.routes.set(REVOKE, () => ({}));
  store = createMemoryStore();
});

const open = (options: Partial<OAuthFetchOptions> = {}) => createSession(optionsFor(server, { store, ...options }));
const revoked = () => server.seen.filter(({ url }) => url === REVOKE).map(({ form }) => form);

describe('signing out', () => {
  it('ends the refresh token first, which makes new access tokens, and then the access token', async () => {
    const session = open();
    await session.signIn();
    expect(await session.signOut()).toBe('revoked');
    expect(revoked().map((form) => [form.get('token_type_hint'), form.get('token')])).toEqual([
      ['refresh_token', 'rt-1'],
      ['access_token', 'at-1'],
    ]);
    expect(await session.current()).toBeUndefined();
    expect(await open().status()).toBeUndefined();
    expect(await session.signOut()).toBe('was_signed_out');
  });

  it.each([
    ['says no', { status: 400, json: { error: 'unsupported_token_type' } }],
    ['is in trouble', { status: 503 }],
  ])('leaves nothing here where the server %s', async (_what, answer) => {
    server.routes.set(REVOKE, () => answer);
    const session = open();
    await session.signIn();
    expect(await session.signOut()).toBe('not_revoked');
    expect(await session.current()).toBeUndefined();
    expect(await open().status()).toBeUndefined();
  });

  it('has forgotten everything before it tells the server, which may never answer', async () => {
    let kept: unknown = 'not asked';
    server.routes.set(REVOKE, async () => {
      kept = await store.load({
        kind: 'tokens',
        issuer: server.issuer,
        resource: server.serverUrl,
        profile: 'default',
      });
      return {};
    });
    const session = open();
    await session.signIn();
    await session.signOut();
    expect(kept).toBeUndefined();
  });

  it('says so where the server cannot be told', async () => {
    server = createProtectedServer();
    const session = open();
    await session.signIn();
    expect(await session.signOut()).toBe('not_revocable');
    expect(await open().status()).toBeUndefined();
  });

  it('CL-09 proves itself by assertions that are for the issuer alone, each once, wherever the endpoint lies', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const victim = 'https://victim.example/token';
    server = createProtectedServer({ metadata: { revocation_endpoint: victim } });
    server.routes.set(victim, () => ({}));
    const session = open({ client: { preRegistered: { clientId: 'conf', privateKey } } });
    await session.signIn();
    expect(await session.signOut()).toBe('revoked');
    const claims = server.seen.flatMap(({ form }) =>
      form
        .getAll('client_assertion')
        .map((jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())),
    );
    expect(claims.map(({ aud }) => aud)).toEqual([server.issuer, server.issuer, server.issuer]);
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3);
    for (const { exp, iat } of claims) expect(exp - iat).toBeLessThanOrEqual(60);
  });

  it('CL-06 of what was signed in at another authorization server comes by itself, when the server has moved', async () => {
    const session = open();
    await session.signIn();
    const second = createProtectedServer({ issuer: 'https://as2.example' });
    for (const [url, route] of second.routes) server.routes.set(url, route);
    server.respond = second.respond;
    await session.signIn();
    expect(revoked().map((form) => form.get('token'))).toEqual(['rt-1', 'at-1']);
    const key = { kind: 'tokens', resource: server.serverUrl, profile: 'default' } as const;
    expect(await store.load({ ...key, issuer: server.issuer })).toBeUndefined();
    expect(await store.load({ ...key, issuer: 'https://as2.example' })).toMatchObject({ refresh_token: 'rt-1' });
  });
});
