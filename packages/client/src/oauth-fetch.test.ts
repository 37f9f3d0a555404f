import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from './grants/authorization-code.js';
import { clientCredentials } from './grants/client-credentials.js';
import { createOAuthFetch, type OAuthFetchOptions } from './oauth-fetch.js';
import { createMemoryStore } from './stores/memory-store.js';
import { createProtectedServer, type ProtectedServer } from './testing/protected-server.js';

let server: ProtectedServer;
let now: number;

beforeEach(() => {
  server = createProtectedServer();
  now = 1_800_000_000;
});

function client(options: Partial<OAuthFetchOptions> = {}, of: ProtectedServer = server) {
  return createOAuthFetch({
    serverUrl: of.serverUrl,
    transport: of.transport,
    fetch: of.fetch,
    grant: authorizationCode(of.signIn),
    now: () => now,
    ...options,
  });
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const CALL = post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wipe' } });

describe('signing in', () => {
  it('leads from the first 401 to an answer, and sends the body again', async () => {
    const response = await client()(server.serverUrl, CALL);
    expect(await response.text()).toContain('"wipe"');
    expect(server.calls).toEqual([null, 'Bearer at-1']);
  });

  it('sends PKCE, state and the resource byte for byte, and redeems with what it was sent', async () => {
    await client()(server.serverUrl);
    const [url] = server.authorizations;
    expect(url?.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(url?.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url?.searchParams.get('state')).toMatch(/^[\w-]{43}$/);
    expect(url?.searchParams.get('resource')).toBe(server.serverUrl);
    expect(url?.searchParams.get('scope')).toBe('a');
    const [request] = server.tokenRequests('authorization_code');
    expect(request?.form.get('resource')).toBe(server.serverUrl);
    expect(request?.form.get('redirect_uri')).toBe(url?.searchParams.get('redirect_uri'));
    const digest = await crypto.subtle.digest(
      'SHA-256',
      new TextEncoder().encode(request?.form.get('code_verifier') ?? ''),
    );
    expect(url?.searchParams.get('code_challenge')).toBe(Buffer.from(digest).toString('base64url'));
    expect(url?.href).not.toContain(request?.form.get('code_verifier'));
  });

  it('happens once for many calls at once', async () => {
    const fetch = client();
    const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(server.serverUrl)));
    expect(responses.every(({ ok }) => ok)).toBe(true);
    expect(server.authorizations).toHaveLength(1);
  });

  it('is not needed again by another program with the same store', async () => {
    const store = createMemoryStore();
    await client({ store })(server.serverUrl);
    await client({ store })(server.serverUrl);
    expect(server.authorizations).toHaveLength(1);
    expect(server.calls.at(-1)).toBe('Bearer at-1');
  });

  it('is apart for each profile', async () => {
    const store = createMemoryStore();
    await client({ store })(server.serverUrl);
    await client({ store, profile: 'work' })(server.serverUrl);
    expect(server.authorizations).toHaveLength(2);
  });

  it.each([
    ['no list', undefined],
    ['plain alone', ['plain']],
    ['an empty list', []],
  ])('does not begin where PKCE is advertised by %s (CL-03)', async (_what, methods) => {
    const weak = createProtectedServer({ metadata: { code_challenge_methods_supported: methods } });
    await expect(client({}, weak)(weak.serverUrl)).rejects.toMatchObject({ code: 'pkce_not_supported' });
    expect(weak.authorizations).toHaveLength(0);
    expect(weak.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('does not begin where the token endpoint is plain http (CL-03)', async () => {
    const weak = createProtectedServer({ metadata: { token_endpoint: 'http://as.example/token' } });
    await expect(client({}, weak)(weak.serverUrl)).rejects.toMatchObject({ code: 'url_refused' });
    expect(weak.authorizations).toHaveLength(0);
  });

  it('goes on waiting when a response of another sign-in comes, and ends with its own (CL-05)', async () => {
    const responses: string[] = [];
    const fetch = client({
      grant: authorizationCode({
        begin: async () => ({
          redirectUri: 'http://127.0.0.1:1/callback',
          async run(url, receive) {
            responses.push(await receive(new URLSearchParams('code=stolen&state=other')));
            responses.push(await receive(new URLSearchParams('error=access_denied')));
            responses.push(await receive(server.respond(url)));
            responses.push(await receive(server.respond(url)));
          },
          end: async () => {},
        }),
      }),
    });
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect(responses).toEqual(['ignored', 'ignored', 'accepted', 'ignored']);
    expect(server.tokenRequests('authorization_code').map(({ form }) => form.get('code'))).toEqual(['the-code']);
  });

  it('sends no code to a server whose response came from another issuer (CL-04)', async () => {
    server.respond = (url) =>
      new URLSearchParams({ code: 'c', state: url.searchParams.get('state') ?? '', iss: `${server.issuer}/` });
    await expect(client()(server.serverUrl)).rejects.toMatchObject({ code: 'authorization_response_invalid' });
    expect(server.tokenRequests('authorization_code')).toHaveLength(0);
  });

  it('registers afresh, once, where the server no longer knows the client', async () => {
    const store = createMemoryStore();
    await client({ store })(server.serverUrl);
    server.accepted.clear();
    const token = server.routes.get(`${server.issuer}/token`);
    let refusals = 0;
    server.routes.set(`${server.issuer}/token`, (request) => {
      const isStale = request.form.get('client_id') === 'client-3';
      refusals += isStale ? 1 : 0;
      return isStale ? { status: 401, json: { error: 'invalid_client' } } : (token?.(request) ?? {});
    });
    expect((await client({ store })(server.serverUrl)).ok).toBe(true);
    expect(refusals).toBe(1);
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(2);
  });
});

describe('whom a client believes', () => {
  it.each(['https://evil.example/mcp', 'https://mcp.example/mc', 'https://mcp.example/mcp/x', undefined])(
    'no metadata of another resource: %s (CL-02)',
    async (resource) => {
      server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({
        json: { resource, authorization_servers: [server.issuer] },
      }));
      await expect(client()(server.serverUrl)).rejects.toMatchObject({ code: 'resource_mismatch' });
      expect(server.seen).toHaveLength(1);
    },
  );

  it.each(['https://as.example/', 'https://AS.example', 'https://as.example/tenant', undefined])(
    'no metadata of another issuer: %s (CL-02)',
    async (issuer) => {
      const other = createProtectedServer({ metadata: { issuer } });
      await expect(client({}, other)(other.serverUrl)).rejects.toMatchObject({ code: 'issuer_mismatch' });
      expect(other.seen).toHaveLength(2);
    },
  );

  it('no server that has no metadata and claims the issuer of another (CL-02)', async () => {
    server.routes.delete('https://mcp.example/.well-known/oauth-protected-resource/mcp');
    server.routes.set('https://mcp.example/.well-known/oauth-authorization-server', () => ({
      json: { issuer: 'https://login.example', authorization_endpoint: 'https://evil.example/authorize' },
    }));
    const fetch = client({ fetch: async () => new Response(null, { status: 401 }) });
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'issuer_mismatch' });
  });

  it('stops at five authorization servers, and takes the one that is chosen (CL-10)', async () => {
    let offered: readonly string[] = [];
    server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({
      json: {
        resource: server.serverUrl,
        authorization_servers: [...Array.from({ length: 500 }, (_, index) => `https://as${index}.example`)],
      },
    }));
    const chooseAuthorizationServer = (issuers: readonly string[]): string | undefined => {
      offered = issuers;
      return issuers.at(-1);
    };
    await expect(client({ chooseAuthorizationServer })(server.serverUrl)).rejects.toMatchObject({
      code: 'discovery_failed',
    });
    expect(offered).toHaveLength(5);
    expect(new Set(server.seen.slice(1).map(({ url }) => new URL(url).host))).toEqual(new Set(['as4.example']));
  });
});

describe('the fallback of 2025-03-26', () => {
  const old = {
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const response = await server.fetch(input, init);
      return response.status === 401 ? new Response(null, { status: 401 }) : response;
    },
  };

  beforeEach(() => {
    server = createProtectedServer({ issuer: 'https://mcp.example' });
    server.routes.delete('https://mcp.example/.well-known/oauth-protected-resource/mcp');
  });

  it('is taken where every address says 404, with PKCE all the same (CL-03)', async () => {
    server.routes.delete('https://mcp.example/.well-known/oauth-authorization-server');
    expect((await client(old)(server.serverUrl)).ok).toBe(true);
    expect(server.authorizations[0]?.href).toMatch(/^https:\/\/mcp\.example\/authorize\?/);
    expect(server.authorizations[0]?.searchParams.get('code_challenge_method')).toBe('S256');
  });

  it.each([
    ['an error', { status: 500 }, 'server_unavailable'],
    ['a page', { json: undefined }, 'discovery_failed'],
    ['a refusal', { status: 403 }, 'discovery_failed'],
  ])('is not taken after %s (CL-03)', async (_what, answer, code) => {
    server.routes.delete('https://mcp.example/.well-known/oauth-authorization-server');
    server.routes.set('https://mcp.example/.well-known/oauth-protected-resource', () => answer);
    await expect(client(old)(server.serverUrl)).rejects.toMatchObject({ code });
    expect(server.authorizations).toHaveLength(0);
  });

  it('uses nothing that was kept under a real issuer', async () => {
    const store = createMemoryStore();
    const real = createProtectedServer({ issuer: 'https://mcp.example' });
    await client({ store }, real)(real.serverUrl);
    server.routes.delete('https://mcp.example/.well-known/oauth-authorization-server');
    await client({ ...old, store })(server.serverUrl);
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(1);
  });

  it('can be turned off', async () => {
    await expect(client({ ...old, legacyFallback: false })(server.serverUrl)).rejects.toMatchObject({
      code: 'discovery_failed',
    });
  });
});

describe('refresh', () => {
  it('comes ahead of the end, once for all who call (CL-11)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    now += 590;
    await Promise.all(Array.from({ length: 1000 }, () => fetch(server.serverUrl)));
    expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'))).toEqual(['rt-1']);
    expect(server.tokenRequests('refresh_token')[0]?.form.get('resource')).toBe(server.serverUrl);
    expect(server.authorizations).toHaveLength(1);
  });

  it('does not come at every call where tokens live for less than it comes ahead', async () => {
    const short = createProtectedServer({ expiresInSeconds: 30 });
    const fetch = client({}, short);
    await fetch(short.serverUrl);
    now += 26;
    await fetch(short.serverUrl);
    expect(short.tokenRequests('refresh_token')).toHaveLength(0);
    now += 1;
    await fetch(short.serverUrl);
    expect(short.tokenRequests('refresh_token')).toHaveLength(1);
  });

  it('comes after a 401, once for all who were refused (CL-11)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    server.accepted.clear();
    const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(server.serverUrl)));
    expect(responses.every(({ ok }) => ok)).toBe(true);
    expect(server.tokenRequests('refresh_token')).toHaveLength(1);
  });

  it('keeps the tokens while the server is in trouble, and asks again when it may (CL-11, CL-07)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    const token = server.routes.get(`${server.issuer}/token`);
    server.routes.set(`${server.issuer}/token`, () => ({ status: 503, headers: { 'Retry-After': '30' } }));
    now += 700;
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'server_unavailable' });
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'server_unavailable' });
    expect(server.tokenRequests('refresh_token')).toHaveLength(1);
    if (token !== undefined) server.routes.set(`${server.issuer}/token`, token);
    now += 31;
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect(server.authorizations).toHaveLength(1);
  });

  it('that is refused clears the tokens and not the registration (CL-11)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    const token = server.routes.get(`${server.issuer}/token`);
    server.routes.set(`${server.issuer}/token`, (request) =>
      request.form.get('grant_type') === 'refresh_token'
        ? { status: 400, json: { error: 'invalid_grant' } }
        : (token?.(request) ?? {}),
    );
    now += 700;
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect(server.authorizations).toHaveLength(2);
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(1);
  });

  it('goes on in memory where the new token cannot be kept, and says so (CL-11, CX-05)', async () => {
    const store = createMemoryStore();
    const events: string[] = [];
    const fetch = client({ store, onEvent: ({ type }) => events.push(type) });
    await fetch(server.serverUrl);
    store.save = async () => Promise.reject(new Error('ENOSPC'));
    now += 590;
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect(server.tokenRequests('refresh_token')).toHaveLength(1);
    expect(events).toContain('not_saved');
    now += 590;
    await fetch(server.serverUrl);
    expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'))).toEqual([
      'rt-1',
      'rt-2',
    ]);
  });

  it('adopts what another program has fetched', async () => {
    const store = createMemoryStore();
    const one = client({ store });
    const other = client({ store });
    await one(server.serverUrl);
    await other(server.serverUrl);
    now += 590;
    await Promise.all([one(server.serverUrl), other(server.serverUrl)]);
    expect(server.tokenRequests('refresh_token')).toHaveLength(1);
  });
});

describe('step-up', () => {
  it('asks for what is needed beside what it had, once', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    server.needed = 'b';
    expect((await fetch(server.serverUrl, CALL)).ok).toBe(true);
    expect(server.authorizations.map((url) => url.searchParams.get('scope'))).toEqual(['a', 'a b']);
  });

  it('ends after three tries, for good, with an error (CL-07)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    let round = 0;
    const greedy: typeof server.fetch = async (input, init) => {
      server.needed = `more-${round}`;
      round += 1;
      return server.fetch(input, init);
    };
    const stubborn = client({ fetch: greedy });
    await expect(stubborn(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'authorization_exhausted' });
    const before = server.authorizations.length;
    expect(before).toBeLessThanOrEqual(4);
    await expect(stubborn(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'authorization_exhausted' });
    expect(server.authorizations).toHaveLength(before);
  });

  it('does not begin for a 403 that asks for nothing', async () => {
    const fetch = client({ fetch: async () => new Response('no', { status: 403 }) });
    expect((await fetch(server.serverUrl)).status).toBe(403);
    expect(server.authorizations).toHaveLength(0);
  });
});

describe('a server that refuses every token', () => {
  it('is given up after three tries (CL-07)', async () => {
    const fetch = client({ fetch: async () => new Response(null, { status: 401 }) });
    await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'authorization_exhausted' });
    expect(server.authorizations.length).toBeLessThanOrEqual(3);
  });
});

describe('where a token goes', () => {
  it('nowhere but to its server', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    for (const url of ['https://evil.example/mcp', 'https://mcp.example/other', 'http://mcp.example/mcp'])
      await fetch(url);
    expect(server.calls.slice(-3)).toEqual([null, null, null]);
  });

  it.each(['https://evil.example/mcp', 'http://mcp.example/mcp', '//evil.example', '/other/mcp', '/'])(
    'not along a redirect to %s (CL-07)',
    async (location) => {
      const targets: string[] = [];
      const fetch = client({
        fetch: async (input, init) => {
          const request = new Request(input, init);
          targets.push(request.url);
          if (request.headers.get('authorization') === null) return server.fetch(request);
          return new Response(null, { status: 307, headers: { location } });
        },
      });
      await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'redirect_refused' });
      expect(new Set(targets)).toEqual(new Set([server.serverUrl]));
    },
  );

  it('not to an authorization server that the server names later (CL-06)', async () => {
    const store = createMemoryStore();
    const secret = { preRegistered: { clientId: 'conf', clientSecret: 's3cret' } };
    await client({ store, client: secret })(server.serverUrl);
    const second = createProtectedServer({ issuer: 'https://as2.example' });
    for (const [url, route] of second.routes) server.routes.set(url, route);
    server.accepted.clear();
    const before = server.seen.length;
    await expect(client({ store, client: secret })(server.serverUrl)).rejects.toMatchObject({ code: 'issuer_changed' });
    const sent = JSON.stringify(server.seen.slice(before).filter(({ url }) => url.startsWith('https://as2.example')));
    for (const leak of ['s3cret', btoa('conf:s3cret'), 'rt-1', 'at-1']) expect(sent).not.toContain(leak);
  });

  it('not its secret to a second authorization server, where the first one refused it (CL-06)', async () => {
    const store = createMemoryStore();
    const machine = {
      store,
      client: { preRegistered: { clientId: 'conf', clientSecret: 's3cret' } },
      grant: clientCredentials(),
    };
    server.routes.set(`${server.issuer}/token`, () => ({ status: 400, json: { error: 'invalid_scope' } }));
    await expect(client(machine)(server.serverUrl)).rejects.toMatchObject({ code: 'token_refused' });
    const second = createProtectedServer({ issuer: 'https://as2.example' });
    for (const [url, route] of second.routes) server.routes.set(url, route);
    await expect(client(machine)(server.serverUrl)).rejects.toMatchObject({ code: 'issuer_changed' });
    expect(server.seen.filter(({ url }) => url === 'https://as2.example/token')).toHaveLength(0);
  });

  it('along a redirect within its resource, with method and body', async () => {
    const targets: string[] = [];
    const fetch = client({
      fetch: async (input, init) => {
        const request = new Request(input, init);
        targets.push(request.url);
        const isFirst = request.url === server.serverUrl && request.headers.get('authorization') !== null;
        return isFirst ? new Response(null, { status: 308, headers: { location: '/mcp/' } }) : server.fetch(request);
      },
    });
    expect(await (await fetch(server.serverUrl, CALL)).text()).toContain('"wipe"');
    expect(targets).toEqual([server.serverUrl, server.serverUrl, `${server.serverUrl}/`]);
  });

  it('registers anew at an authorization server that the server names later, and sends it nothing of the first (CL-06)', async () => {
    const fetch = client();
    await fetch(server.serverUrl);
    const [first] = server.authorizations;
    const second = createProtectedServer({ issuer: 'https://as2.example' });
    for (const [url, route] of second.routes) server.routes.set(url, route);
    second.accepted.set('x', 'y');
    server.accepted.clear();
    server.respond = second.respond;
    server.fetch = second.fetch;
    const before = server.seen.length;
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'authorization_exhausted' });
    const sent = JSON.stringify(server.seen.slice(before));
    expect(sent).toContain('https://as2.example/register');
    for (const leak of ['rt-1', 'at-1', first?.searchParams.get('client_id') ?? '?'])
      expect(sent).not.toContain(`"${leak}"`);
  });
});

describe('assertions of a client', () => {
  it('are for the issuer alone, as a text, for a minute at most, each once (CL-09)', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const steered = createProtectedServer({ metadata: { token_endpoint: 'https://victim.example/token' } });
    const issue = steered.routes.get(`${steered.issuer}/token`);
    if (issue !== undefined) steered.routes.set('https://victim.example/token', issue);
    const fetch = client({ client: { preRegistered: { clientId: 'conf', privateKey } } }, steered);
    await fetch(steered.serverUrl);
    now += 590;
    await fetch(steered.serverUrl);
    const claims = steered.seen
      .map(({ form }) => form.get('client_assertion'))
      .flatMap((jwt) =>
        jwt === null ? [] : [JSON.parse(atob(jwt.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''))],
      );
    expect(claims).toHaveLength(2);
    for (const { aud, exp, iat, iss, sub } of claims) {
      expect({ aud, iss, sub }).toEqual({ aud: steered.issuer, iss: 'conf', sub: 'conf' });
      expect(exp - iat).toBeLessThanOrEqual(60);
    }
    expect(claims[0].jti).not.toBe(claims[1].jti);
  });
});
