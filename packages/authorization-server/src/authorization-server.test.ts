import { type AuditEvent, createSealer } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { createLocalJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { createAuthorizationServer } from './authorization-server.js';
import { ConfigurationError } from './configuration-error.js';
import { createKeyManagement } from './keys/key-management.js';
import { createSealedKeyService } from './keys/sealed-key-service.js';
import type { AuthorizationServerOptions } from './options.js';
import { configuredClient, encodeForm, FILES, ISSUER, resources } from './testing/fixtures.js';
import { consentForm, GOOD_REQUEST, leavingLocation } from './testing/test-browser.js';
import { claimsOf, expectRefusal, obtainCode, obtainTokens, redemption, refreshing } from './testing/test-client.js';
import { startTestServer } from './testing/test-server.js';

describe('metadata', () => {
  it('AZ-01 names S256 alone, and every URL comes from the issuer', async () => {
    const { send } = await startTestServer();
    const metadata = {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      device_authorization_endpoint: `${ISSUER}/device_authorization`,
      revocation_endpoint: `${ISSUER}/revoke`,
      introspection_endpoint: `${ISSUER}/introspect`,
      registration_endpoint: `${ISSUER}/register`,
      pushed_authorization_request_endpoint: `${ISSUER}/par`,
      require_pushed_authorization_requests: false,
      jwks_uri: `${ISSUER}/jwks`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
      revocation_endpoint_auth_methods_supported: [
        'none',
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
      ],
      revocation_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
      authorization_response_iss_parameter_supported: true,
      scopes_supported: ['files:read', 'files:write', 'offline_access'],
    };
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' };
    const served = await send('/.well-known/oauth-authorization-server', { headers });
    expect(await served.json()).toEqual(metadata);
    expect(served.headers.get('access-control-allow-origin')).toBe('*');
    const openid = await (await send('/.well-known/openid-configuration')).json();
    expect(openid).toEqual({
      ...metadata,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      request_uri_parameter_supported: false,
    });
  });

  it('lies where RFC 8414 and OpenID Connect look for it, for an issuer with a path', async () => {
    const { server, send } = await startTestServer({ tenantId: 'a', issuer: `${ISSUER}/t/a`, configuredClients: [] });
    for (const path of [
      '/.well-known/oauth-authorization-server/t/a',
      '/.well-known/openid-configuration/t/a',
      '/t/a/.well-known/openid-configuration',
    ]) {
      expect(server.handles(path)).toBe(true);
      expect(await (await send(path)).json()).toMatchObject({
        issuer: `${ISSUER}/t/a`,
        token_endpoint: `${ISSUER}/t/a/token`,
      });
    }
    expect(server.handles('/.well-known/oauth-authorization-server')).toBe(false);
    expect(server.handles('/token')).toBe(false);
  });
});

describe('the router', () => {
  it.each(['/nothing', '/Token', '/token/', '/%74oken', '//token'])('knows nothing at %s', async (path) => {
    const { server, send } = await startTestServer();
    expect(server.handles(path)).toBe(false);
    expect((await send(path, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['/token', 'GET', 'POST, OPTIONS'],
    ['/register', 'PUT', 'POST, OPTIONS'],
    ['/jwks', 'POST', 'GET, HEAD, OPTIONS'],
    ['/authorize', 'DELETE', 'GET, POST'],
    ['/authorize', 'HEAD', 'GET, POST'],
    ['/authorize', 'OPTIONS', 'GET, POST'],
    ['/interaction', 'POST', 'GET, HEAD'],
    ['/interaction/consent', 'PUT', 'GET, POST, HEAD'],
  ])('answers %s %s with 405', async (path, method, allow) => {
    const { send } = await startTestServer();
    const response = await send(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
  });

  it('answers preflights where clients in browsers need it', async () => {
    const { send } = await startTestServer();
    for (const path of ['/token', '/register', '/jwks', '/.well-known/oauth-authorization-server']) {
      const response = await send(path, { method: 'OPTIONS', headers: { origin: 'https://app.test' } });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('answers HEAD on documents without a body', async () => {
    const { send } = await startTestServer();
    const response = await send('/jwks', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});

describe('configuration', () => {
  const pub = configuredClient('pub');
  it.each<[string, Partial<AuthorizationServerOptions>]>([
    ['http beyond loopback', { issuer: 'http://as.test' }],
    ['a query in the issuer', { issuer: 'https://as.test?x' }],
    ['a fragment in the issuer', { issuer: 'https://as.test#x' }],
    ['a trailing slash', { issuer: 'https://as.test/' }],
    ['a resource that is no URL', { resources: [{ ...resources[0], identifier: 'files' } as never] }],
    ['a resource twice', { resources: [resources[0], resources[0]] as never }],
    ['a default scope that does not exist', { resources: [{ ...resources[0], defaultScopes: ['x'] } as never] }],
    ['a dangerous scheme', { allowedRedirectSchemes: ['javascript'] }],
    ['http as a private scheme', { allowedRedirectSchemes: ['http'] }],
    ['a tenant that is no name', { tenantId: 'A B' }],
    ['a client twice', { configuredClients: [pub, pub] }],
    ['a client of another tenant', { configuredClients: [{ ...pub, tenantId: 'b' }] }],
    ['a client id like a document', { configuredClients: [{ ...pub, clientId: 'https://app.test/client' }] }],
    ['a redirect that is not allowed', { configuredClients: [{ ...pub, redirectUris: ['http://app.test/'] }] }],
    ['a client without redirects', { configuredClients: [{ ...pub, redirectUris: [] }] }],
    ['a secret method without one', { configuredClients: [{ ...pub, tokenEndpointAuthMethod: 'client_secret_post' }] }],
    ['a lifetime of nothing', { lifetimes: { codeSeconds: 0 } }],
    ['an access token of more than an hour', { lifetimes: { accessTokenSeconds: 3601 } }],
    ['clocks more than a minute apart', { lifetimes: { clockToleranceSeconds: 61 } }],
    ['a tenant that is not given', { tenantId: undefined as never }],
    ['an option that does not exist', { lifetime: { codeSeconds: 30 } } as never],
    ['a lifetime that does not exist', { lifetimes: { codeSecond: 30 } as never }],
    ['a limit that does not exist', { rateLimits: { token: { name: 'token', points: 1, windowSeconds: 1 } } as never }],
  ])('refuses %s at construction', async (_title, changes) => {
    await expect(startTestServer(changes)).rejects.toThrow(ConfigurationError);
  });

  it('says what a client lacks that names no tenant', async () => {
    const { tenantId: _, ...client } = pub;
    await expect(startTestServer({ configuredClients: [client as never] })).rejects.toThrow(/"pub" has no tenantId/);
  });

  it.each(['platform', 'storage', 'rateLimiter', 'audit', 'pages', 'keyService'] as const)(
    'refuses to start without %s, by name',
    async (name) => {
      const { ports, options } = await startTestServer();
      const start = createAuthorizationServer({ ...ports, [name]: undefined }, options);
      await expect(start).rejects.toThrow(new ConfigurationError(`${name}: this port is missing`));
      const empty = createAuthorizationServer({ ...ports, [name]: {} }, options);
      await expect(empty).rejects.toThrow(new RegExp(`^${name}: it has no `));
    },
  );

  it('refuses a limiter that can give nothing back, which a right user code asks for alone', async () => {
    const { ports, options } = await startTestServer();
    const { giveBack: _, ...rateLimiter } = ports.rateLimiter;
    const start = createAuthorizationServer({ ...ports, rateLimiter: rateLimiter as never }, options);
    await expect(start).rejects.toThrow(new ConfigurationError('rateLimiter: it has no giveBack'));
  });

  it.each<[string, unknown, unknown, string]>([
    ['an empty one', {}, undefined, 'clock: it has no function nowEpochSeconds'],
    ['that of the language', Date, undefined, 'clock: must be an object'],
    ['a time', { nowEpochSeconds: 5 }, undefined, 'clock: it has no function nowEpochSeconds'],
    ['nothing', null, undefined, 'clock: must be an object'],
    ['an empty one of the storage', undefined, {}, 'storage.clock: it has no function nowEpochSeconds'],
    [
      'one of the storage that knows of no host',
      undefined,
      { nowEpochSeconds: () => 5 },
      'storage.clock: it has no function hostAheadSeconds',
    ],
    ['none of the storage', undefined, null, 'storage.clock: must be an object'],
  ])('F-07 refuses to start with a clock that is none: %s', async (_title, clock, ofStorage, message) => {
    const { ports, options } = await startTestServer();
    const storage = { ...ports.storage, ...(ofStorage === undefined ? {} : { clock: ofStorage as never }) };
    const given = clock === undefined ? {} : { clock: clock as never };
    const start = createAuthorizationServer({ ...ports, storage, ...given }, options);
    await expect(start).rejects.toThrow(new ConfigurationError(message));
  });

  it.each<[string, object, string]>([
    ['a sign-in that is empty', { signIn: {} }, 'signIn: it has no function find'],
    ['a sign-in that finds nobody', { signIn: { find: 1 } }, 'signIn: it has no function find'],
    ['a sign-in that cannot begin', { signIn: { find: async () => undefined } }, 'signIn: it has no function begin'],
    [
      'a sign-in without a way out',
      { signIn: { find: async () => undefined, begin: async () => new Response() } },
      'signIn: it has no function end',
    ],
    ['a sign-in that is none', { signIn: null }, 'signIn: must be an object'],
    ['the promise of a hasher', { passwordHasher: Promise.resolve() }, 'passwordHasher: it is a promise: await it'],
    [
      'a hasher that verifies nothing',
      { passwordHasher: { hash: String } },
      'passwordHasher: it has no function verify',
    ],
    ['options for a fetch', { untrustedFetch: {} }, 'untrustedFetch: must be a function'],
    ['no fetch', { configuredFetch: null }, 'configuredFetch: must be a function'],
    ['a word for whoever is told of faults', { onFault: 'log' }, 'onFault: must be a function'],
  ])('refuses to start with %s', async (_title, given, message) => {
    const { ports, options } = await startTestServer();
    const start = createAuthorizationServer({ ...ports, ...given }, options);
    await expect(start).rejects.toThrow(new ConfigurationError(message));
  });

  it('makes no key and records nothing before everything was found good', async () => {
    const { ports, options } = await startTestServer();
    const storage = createMemoryStorage();
    const events: AuditEvent[] = [];
    const { passwordHasher: _, ...without } = ports;
    const audit = { record: (event: AuditEvent) => void events.push(event) };
    await expect(createAuthorizationServer({ ...without, storage, audit }, options)).rejects.toThrow(/passwordHasher/);
    expect(events).toEqual([]);
    expect(await storage.signingKeys.list('default')).toEqual([]);
  });
});

describe('signing keys', () => {
  it('is made once, by whichever of two servers is first, and kept sealed', async () => {
    const storage = createMemoryStorage();
    const servers = await Promise.all([startTestServer({}, storage), startTestServer({}, storage)]);
    const later = await startTestServer({}, storage);
    const keyIds = await Promise.all(
      [...servers, later].map(async ({ server }) => (await server.verificationKeys()).map((key) => key.keyId)),
    );
    expect(new Set(keyIds.flat()).size).toBe(1);
    const [stored] = await storage.signingKeys.list('default');
    expect(stored?.publicJwk).not.toContain('"d"');
    expect(stored?.keyReference).not.toContain('"d"');
    const jwks = (await (await later.send('/jwks')).json()) as { keys: object[] };
    expect(jwks.keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.any(String),
        y: expect.any(String),
        kid: keyIds[0]?.[0],
        alg: 'ES256',
        use: 'sig',
      },
    ]);
  });

  it('verifies what is issued, by the served set and by the keys of this process', async () => {
    const test = await startTestServer();
    const { access_token } = await obtainTokens(test);
    const jwks = createLocalJWKSet((await (await test.send('/jwks')).json()) as never);
    const expected = { issuer: ISSUER, audience: FILES, typ: 'at+jwt', currentDate: new Date(test.clock.now * 1000) };
    await jwtVerify(access_token, jwks, expected);
    const [key] = await test.server.verificationKeys();
    expect(key?.algorithm).toBe('ES256');
    await jwtVerify(access_token, key?.publicKey as CryptoKey, expected);
  });

  it('says whether a key signs: none does where the one that would is sealed under another master key, and no other is left', async () => {
    const { server, ports, options, clock, storage } = await startTestServer();
    expect(await server.canSign()).toBe(true);
    const [first] = await server.keys.list();
    const keyService = createSealedKeyService(
      createSealer(new Uint8Array(32).fill(8), 'signing keys', ports.platform.random),
    );
    const { tenantId } = options;
    const lifetimes = { accessTokenSeconds: 600, clockToleranceSeconds: 30 };
    const elsewhere = createKeyManagement(
      { ...ports, keyService },
      { tenantId, operator: 'alice at admin', ...lifetimes },
    );
    await elsewhere.rotate({ atOnce: true, replaceMasterKey: true });
    await elsewhere.retire(first?.keyId ?? '');
    expect(storage.events.slice(-2)).toMatchObject([
      { type: 'signing_key.rotated', operator: 'alice at admin' },
      { type: 'signing_key.retired', operator: 'alice at admin' },
    ]);
    clock.now += 30;
    expect(await server.canSign()).toBe(false);
    expect((await server.fetch(new Request(`${ISSUER}/jwks`), { network: '', correlationId: 'c' })).status).toBe(200);
  });

  it('stops when another master key sealed it', async () => {
    const test = await startTestServer();
    const { platform } = test.ports;
    const keyService = createSealedKeyService(
      createSealer(new Uint8Array(32).fill(8), 'signing keys', platform.random),
    );
    const start = createAuthorizationServer({ ...test.ports, keyService }, test.options);
    await expect(start).rejects.toThrow(/master key/);
  });
});

it('TN-02 knows nothing of another tenant, and that one is untouched', async () => {
  const storage = createMemoryStorage();
  const tenant = (tenantId: string) =>
    startTestServer(
      { tenantId, issuer: `${ISSUER}/t/${tenantId}`, configuredClients: [configuredClient('pub', { tenantId })] },
      storage,
    );
  const [a, b] = [await tenant('a'), await tenant('b')];
  const browser = a.newBrowser();
  const consent = await browser.reachConsent();
  const form = await consentForm(consent);
  const metadata = { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'none' };
  const { client_id } = (await (await a.postJson('/t/a/register', metadata)).json()) as { client_id: string };
  const code = (await leavingLocation(await browser.submit(form))).searchParams.get('code') ?? '';
  const second = (await browser.approve()).searchParams.get('code') ?? '';
  const tokens = (await (await a.postForm('/t/a/token', redemption(second))).json()) as { refresh_token: string };

  await expectRefusal(await b.postForm('/t/b/token', redemption(code)), 400, 'invalid_grant');
  await expectRefusal(await b.postForm('/t/b/token', refreshing(tokens.refresh_token)), 400, 'invalid_grant');
  await expectRefusal(await b.postForm('/t/b/token', redemption(code, { client_id })), 401, 'invalid_client');
  const visitor = b.newBrowser();
  for (const [name, value] of browser.cookies) visitor.cookies.set(name.replace(/-a$/, '-b'), value);
  const path = `/t/b/interaction?transaction=${String(form.fields['transaction'])}`;
  expect((await visitor.get(path)).status).toBe(400);
  expect((await visitor.submit({ ...form, action: '/t/b/interaction/consent' })).status).toBe(400);
  const request = await visitor.authorize({ client_id });
  expect(request.status).toBe(400);

  const redeemed = await a.postForm('/t/a/token', redemption(code));
  expect(redeemed.status).toBe(200);
  const { access_token } = (await redeemed.json()) as { access_token: string };
  expect(claimsOf(access_token)).toMatchObject({ iss: `${ISSUER}/t/a`, tenant_id: 'a' });
  expect((await a.postForm('/t/a/token', refreshing(tokens.refresh_token))).status).toBe(200);
});

it('uses plain cookies with the port in their names on loopback', async () => {
  const test = await startTestServer({ issuer: 'http://127.0.0.1:8808' });
  const browser = test.newBrowser();
  await browser.reachConsent();
  expect([...browser.cookies.keys()]).toEqual([
    expect.stringMatching(/^portcullis-browser-8808-[A-Za-z0-9_-]{11}$/),
    'portcullis-session-8808',
    expect.stringMatching(/^portcullis-known-8808-[\w-]{11}$/),
  ]);
  const response = await test.newBrowser().get(`/authorize?${encodeForm(GOOD_REQUEST)}`);
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^portcullis-browser-8808-[A-Za-z0-9_-]{11}=pcb_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    ),
  ]);
});

it('ST-05 makes secrets of 256 bits, none twice, whatever Math.random says', async () => {
  const random = Math.random;
  Math.random = () => 0.5;
  try {
    const test = await startTestServer();
    const browser = test.newBrowser();
    const secrets: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      const consent = await consentForm(await browser.reachConsent());
      secrets.push(String(consent.fields['transaction']), String(consent.fields['csrf_token']));
      secrets.push((await leavingLocation(await browser.submit(consent))).searchParams.get('code') ?? '');
    }
    // Of the one by which a browser is known, what goes before its end and its proof.
    secrets.push(...[...browser.cookies.values()].map((value) => value.replace(/\..*$/, '')));
    expect(new Set(secrets).size).toBe(153);
    for (const secret of secrets) expect(secret).toMatch(/^(pc[a-z]_)?[A-Za-z0-9_-]{43}$/);
  } finally {
    Math.random = random;
  }
});

it('works with an independent client, from discovery to refresh', async () => {
  const test = await startTestServer();
  test.clock.now = Math.floor(Date.now() / 1000);
  const customFetch = (url: string, init: RequestInit) => test.send(url.slice(ISSUER.length), init);
  const options = { [oauth.customFetch]: customFetch as never };
  const issuer = new URL(ISSUER);
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options });
  const as = await oauth.processDiscoveryResponse(issuer, discovered);
  const metadata = { redirect_uris: ['http://127.0.0.1/cb'], client_name: 'An independent client' };
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, metadata, options),
  );
  const redirect_uri = 'http://127.0.0.1:43210/cb';
  const verifier = oauth.generateRandomCodeVerifier();
  const location = await test.newBrowser().approve({
    client_id: client.client_id,
    redirect_uri,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    state: 'independent',
  });
  const callback = oauth.validateAuthResponse(as, client, location, 'independent');
  const auth = oauth.ClientSecretBasic(String(client['client_secret']));
  const additionalParameters = { resource: FILES };
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(as, client, auth, callback, redirect_uri, verifier, {
      additionalParameters,
      ...options,
    }),
  );
  expect(tokens.scope).toBe('files:read files:write');
  const refreshed = await oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(as, client, auth, String(tokens.refresh_token), options),
  );
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
  const request = new Request(FILES, { headers: { authorization: `Bearer ${refreshed.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, request, FILES, options);
  expect(claims).toMatchObject({ client_id: client.client_id, sub: 'subject-of-alice' });
});

it('accepts a code once it was shown on a page of a private-use scheme', async () => {
  const test = await startTestServer();
  const metadata = { redirect_uris: ['cursor://app/cb'], token_endpoint_auth_method: 'none' };
  const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
  const client = { client_id, redirect_uri: 'cursor://app/cb' };
  const code = await obtainCode(test, client);
  expect((await test.postForm('/token', redemption(code, client))).status).toBe(200);
});
