import { createHash } from 'node:crypto';
import {
  ClientCredentialsProvider,
  CrossAppAccessProvider,
  PrivateKeyJwtProvider,
  requestJwtAuthorizationGrant,
} from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../../support/gate.js';
import { type LoopbackHost, listenOnLoopback } from '../../support/loopback-host.js';
import { freePort, until } from '../../support/processes.js';
import { type Exchange, type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.js';
import { createMcpBehind, type McpBehind } from '../resource-server/guarded-server.js';
import { type AssertionMaker, CLIENT_ID, PUBLIC_PROVIDER_CLIENT_ID, startAssertionMaker } from './assertion-maker.js';
import { DpopProvider, playOfficial, playOwn, REVISIONS, WorkloadProvider } from './official-players.js';

// The client side of the official conformance suite's extension scenarios, against the gate as it is started and not against
// the suite's own servers: the official SDK as the suite's clients use it, and then our command that the suite is run with.
// What the suite asserts of a client's run is asserted here of what went over the wire and of the gate's own trail. The
// scenarios are those of @modelcontextprotocol/conformance 0.2.0-alpha.12 with the tag `extension`.
//
// Their shape allows all six, but for these:
// - `dpop` has a token endpoint without nonces beside `dpop-nonce` with them. Nonces at the token endpoint are the whole gate's
//   setting, so here `dpop` meets them too, and no nonce at the resource.
// - `dpop` and `dpop-nonce` sign in a person who is nobody: the suite's server redirects at once. Our command only follows
//   redirects, so it cannot sign in at a gate, and shows its proofs with the client credentials of the other scenarios.
// - `wif-jwt-bearer` provokes `unauthorized_client` and `invalid_scope` with scopes that only the suite's server knows, and
//   warns of a second request after any refusal: here the refusals are those of a real assertion that is wrong or late.
// - The SDK asks for the scopes of the challenge, all of them, whatever its provider is told. So clients and workloads here may
//   have as many, as anyone may at the suite's server; one that may have fewer is refused (XG-07), and asks no second time.
// - Clients that are broken on purpose (`auth-test-dpop-replay`, `wif-broken-clients` and others) judge the suite, not a
//   server; what the gate does to such requests is proven where the rows of the security cases are.

const SECRET = 'a secret + of 100% "both": servers, 32 bytes and more';
const WORKLOAD = { repository: 'octo/app', sub: 'repo:octo/app' };

let gate: Gate;
let proxy: RecordingProxy;
let upstream: LoopbackHost;
let mcp: McpBehind;
let provider: AssertionMaker;
let platform: AssertionMaker;
let privateKeyPem: string;
/** Log lines of the tests before. */
let seen = 0;

beforeAll(async () => {
  const port = await freePort();
  mcp = createMcpBehind();
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKeyPem = await exportPKCS8(pair.privateKey);
  [proxy, upstream, provider, platform] = await Promise.all([
    startRecordingProxy(port),
    listenOnLoopback(),
    startAssertionMaker(),
    startAssertionMaker(),
  ]);
  const handle = toNodeHandler(mcp.handler);
  upstream.serve((request, response) => void handle(request as never, response));
  const url = JSON.stringify(`${upstream.origin}/mcp`);
  const jwks = JSON.stringify({ keys: [await exportJWK(pair.publicKey)] });
  gate = await startGate({
    port,
    env: { TEST_CLIENT_SECRET: SECRET },
    config: `
publicUrl: ${proxy.origin}
dpop: {requireNonce: true}
upstreams:
  - {name: plain, url: ${url}}
  - {name: bound, url: ${url}, dpop: {required: true}}
  - {name: nonce, url: ${url}, dpop: {required: true, requireNonce: true}}
assertionIssuers:
  - {kind: identity_provider, issuer: "${provider.issuer}"}
  - kind: workload
    name: builds
    issuer: ${platform.issuer}
    identities:
      - name: deploy
        claims: {repository: ${WORKLOAD.repository}}
        resources: ["${proxy.origin}/plain/mcp"]
        scopes: ["mcp:tools", "mcp:resources:read", "mcp:prompts:read"]
clients:
  - {clientId: with-key, clientName: With a key, grantTypes: [client_credentials], jwks: ${jwks}}
  - {clientId: with-secret, clientName: With a secret, grantTypes: [client_credentials], clientSecret: {env: TEST_CLIENT_SECRET}}
  - {clientId: ${CLIENT_ID}, clientName: An agent, grantTypes: [jwt-bearer], clientSecret: {env: TEST_CLIENT_SECRET}}
${RELAXED_LIMITS}`,
  });
});

beforeEach(() => {
  proxy.take();
  mcp.ran.length = 0;
  seen = gate.log().length;
});

afterAll(async () => {
  await gate?.stop();
  await Promise.all([proxy, upstream, provider, platform].map((part) => part?.close()));
});

const serverUrl = (name: string): string => `${proxy.origin}/${name}/mcp`;

/** The grant of workloads and of Enterprise-Managed Authorization. */
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ISSUED: Readonly<Record<string, string>> = {
  client_credentials: 'client_credentials.issued',
  authorization_code: 'authorization_code.redeemed',
};

/** What one client did, from its first request until its tool ran. */
interface Play {
  readonly record: readonly Exchange[];
  readonly tokenRequests: readonly Exchange[];
  /** With an access token. */
  readonly authorized: readonly Exchange[];
  readonly trail: readonly Readonly<Record<string, unknown>>[];
  readonly accessToken: string;
}

/** The log lines of this test, once one of them is of this type and has these members. */
function trailUntil(type: string, members: Readonly<Record<string, unknown>> = {}): Promise<Play['trail']> {
  return until(`${type} in the log`, () => {
    const lines = gate.log().slice(seen);
    const isThere = (line: (typeof lines)[number]): boolean =>
      line['type'] === type && Object.entries(members).every(([name, value]) => line[name] === value);
    return lines.some(isThere) ? lines : undefined;
  });
}

/**
 * What holds of every scenario: the client was led by the challenge and the metadata, asked for a token for this resource,
 * showed it with the scheme that it has with every request from then on, and its call reached the tool.
 */
async function judge(name: string, grantType: string, issuedEvent = ISSUED[grantType]): Promise<Play> {
  const trail = await trailUntil('mcp.request_allowed', { method: 'tools/call' });
  const record = proxy.take();
  const path = `/${name}/mcp`;
  const calls = record.filter((exchange) => exchange.path === path);
  const [first, ...authorized] = calls;
  const tokenRequests = record.filter((exchange) => exchange.path === '/token');
  const { answer = {}, form = new URLSearchParams() } = tokenRequests.at(-1) ?? {};
  const accessToken = String(answer['access_token']);
  expect([first?.status, first?.headers.authorization]).toEqual([401, undefined]);
  expect(record.slice(1, 3).map((exchange) => exchange.path)).toEqual([
    `/.well-known/oauth-protected-resource${path}`,
    '/.well-known/oauth-authorization-server',
  ]);
  expect(form.get('grant_type')).toBe(grantType);
  // An ID-JAG names the resource itself.
  const named = form.get('resource') ?? (issuedEvent === 'identity_assertion.issued' ? serverUrl(name) : null);
  expect(named).toBe(serverUrl(name));
  expect(authorized.length).toBeGreaterThanOrEqual(3);
  const scheme = String(answer['token_type']) === 'DPoP' ? 'DPoP' : 'Bearer';
  expect(authorized.map(({ headers }) => headers.authorization)).toEqual(
    authorized.map(() => `${scheme} ${accessToken}`),
  );
  const claims = decodeJwt(accessToken);
  expect(claims).toMatchObject({ iss: proxy.origin, aud: serverUrl(name) });
  expect(trail.filter(({ type }) => type === issuedEvent)).toMatchObject([
    { grantType, clientId: claims['client_id'] },
  ]);
  const allowed = trail.filter(
    ({ accessTokenId, type }) => type === 'mcp.request_allowed' && accessTokenId === claims.jti,
  );
  expect(allowed.map(({ method }) => method)).toEqual(expect.arrayContaining(['tools/list', 'tools/call']));
  expect(mcp.ran).toEqual(['read_file']);
  return { record, tokenRequests, authorized, trail, accessToken };
}

const pathsOf = (record: readonly Exchange[]): readonly string[] => record.map(({ path }) => path);
/** Whoever is known already registers nowhere, and gets their token with one request. */
function expectOneTokenRequest({ record, tokenRequests }: Play): Exchange {
  const [request] = tokenRequests;
  if (request === undefined) throw new Error('No token was asked for');
  expect(tokenRequests).toHaveLength(1);
  expect(pathsOf(record)).not.toContain('/register');
  expect(pathsOf(record)).not.toContain('/authorize');
  return request;
}
const basicOf = ({ headers }: Exchange): string =>
  Buffer.from(/^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64').toString();
/** As the SDK sends a secret; and as RFC 6749 §2.3.1 has it, which is what ours does. */
const BARE = SECRET;
const ENCODED = new URLSearchParams({ '': SECRET }).toString().slice(1);
const ended = { code: 0, stderr: '' };
const withSecret = { client_id: 'with-secret', client_secret: SECRET };
const withKey = () => ({ client_id: 'with-key', private_key_pem: privateKeyPem, signing_algorithm: 'ES256' });

describe('auth/client-credentials-jwt', () => {
  async function judgeKey(): Promise<void> {
    const { form, headers } = expectOneTokenRequest(await judge('plain', 'client_credentials'));
    expect(headers.authorization).toBeUndefined();
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const assertion = form.get('client_assertion') ?? '';
    expect(decodeProtectedHeader(assertion).alg).toBe('ES256');
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'with-key', sub: 'with-key', aud: proxy.origin });
  }

  it.each(REVISIONS)('is played by the PrivateKeyJwtProvider of the official SDK on %s', async (revision) => {
    const authProvider = new PrivateKeyJwtProvider({
      clientId: 'with-key',
      privateKey: privateKeyPem,
      algorithm: 'ES256',
      expectedIssuer: proxy.origin,
    });
    await playOfficial(serverUrl('plain'), revision, authProvider);
    await judgeKey();
  });

  it('is played by our client', async () => {
    expect(await playOwn(serverUrl('plain'), 'auth/client-credentials-jwt', withKey())).toEqual(ended);
    await judgeKey();
  });
});

describe('auth/client-credentials-basic', () => {
  async function judgeSecret(secret: string): Promise<void> {
    const request = expectOneTokenRequest(await judge('plain', 'client_credentials'));
    expect(basicOf(request)).toBe(`with-secret:${secret}`);
    expect(request.form.has('client_secret')).toBe(false);
  }

  it.each(REVISIONS)('is played by the ClientCredentialsProvider of the official SDK on %s', async (revision) => {
    const credentials = { clientId: 'with-secret', clientSecret: SECRET, expectedIssuer: proxy.origin };
    await playOfficial(serverUrl('plain'), revision, new ClientCredentialsProvider(credentials));
    await judgeSecret(BARE);
  });

  it('is played by our client', async () => {
    expect(await playOwn(serverUrl('plain'), 'auth/client-credentials-basic', withSecret)).toEqual(ended);
    await judgeSecret(ENCODED);
  });
});

describe('auth/enterprise-managed-authorization', () => {
  const newIdToken = () => provider.sign({ sub: 'ada', email: 'ada@corp.test', aud: PUBLIC_PROVIDER_CLIENT_ID });

  async function judgeWord(idToken: string, secret: string): Promise<void> {
    const play = await judge('plain', JWT_BEARER, 'identity_assertion.issued');
    const exchanged = Object.fromEntries(provider.exchanges.at(-1) ?? []);
    expect(exchanged).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: idToken,
      audience: proxy.origin,
      resource: serverUrl('plain'),
    });
    const request = expectOneTokenRequest(play);
    expect(basicOf(request)).toBe(`${CLIENT_ID}:${secret}`);
    const assertion = request.form.get('assertion') ?? '';
    expect(decodeProtectedHeader(assertion).typ).toBe('oauth-id-jag+jwt');
    const { aud, client_id, resource } = decodeJwt(assertion);
    expect({ aud, client_id, resource }).toEqual({
      aud: proxy.origin,
      client_id: CLIENT_ID,
      resource: serverUrl('plain'),
    });
  }

  it.each(REVISIONS)('is played by the CrossAppAccessProvider of the official SDK on %s', async (revision) => {
    const idToken = await newIdToken();
    const authProvider = new CrossAppAccessProvider({
      clientId: CLIENT_ID,
      clientSecret: SECRET,
      expectedIssuer: proxy.origin,
      assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
        const granted = await requestJwtAuthorizationGrant({
          tokenEndpoint: provider.tokenEndpoint,
          audience: authorizationServerUrl,
          resource: resourceUrl,
          clientId: PUBLIC_PROVIDER_CLIENT_ID,
          idToken,
          ...(scope === undefined ? {} : { scope }),
          ...(fetchFn === undefined ? {} : { fetchFn }),
        });
        return granted.jwtAuthGrant;
      },
    });
    await playOfficial(serverUrl('plain'), revision, authProvider);
    await judgeWord(idToken, BARE);
  });

  it('is played by our client', async () => {
    const idToken = await newIdToken();
    const outcome = await playOwn(serverUrl('plain'), 'auth/enterprise-managed-authorization', {
      client_id: CLIENT_ID,
      client_secret: SECRET,
      idp_client_id: PUBLIC_PROVIDER_CLIENT_ID,
      idp_id_token: idToken,
      idp_issuer: provider.issuer,
      idp_token_endpoint: provider.tokenEndpoint,
    });
    expect(outcome).toEqual(ended);
    await judgeWord(idToken, ENCODED);
  });
});

describe('auth/wif-jwt-bearer', () => {
  const newToken = (changes: JWTPayload = {}) =>
    platform.sign({ ...WORKLOAD, aud: proxy.origin, jti: crypto.randomUUID(), ...changes });
  const wrong: readonly [string, () => JWTPayload, string][] = [
    ['for somebody else', () => ({ aud: 'https://wrong.example' }), 'assertion_audience_wrong'],
    ['of a minute ago', () => ({ exp: Math.floor(Date.now() / 1000) - 60 }), 'assertion_expired'],
  ];

  function expectNothingElse({ form, headers }: Exchange, assertion: string): void {
    expect(headers.authorization).toBeUndefined();
    expect([form.get('grant_type'), form.get('assertion')]).toEqual([JWT_BEARER, assertion]);
    expect([form.has('client_secret'), form.has('client_assertion')]).toEqual([false, false]);
  }
  async function judgeToken(assertion: string): Promise<void> {
    const play = await judge('plain', JWT_BEARER, 'workload_assertion.issued');
    expectNothingElse(expectOneTokenRequest(play), assertion);
    expect(decodeJwt(play.accessToken)).toMatchObject({ sub: 'workload:builds:deploy' });
  }
  /** A client that is told no asks no more, and by no other grant (RFC 7523 §3.1). */
  async function judgeRefusal(assertion: string, reason: string): Promise<void> {
    const trail = await trailUntil('token.refused');
    expect(trail.filter(({ type }) => type === 'token.refused')).toMatchObject([{ grantType: JWT_BEARER, reason }]);
    const record = proxy.take();
    const [request, ...others] = record.filter(({ method, path }) => method === 'POST' && path !== '/plain/mcp');
    if (request === undefined) throw new Error('No token was asked for');
    expectNothingElse(request, assertion);
    expect([request.path, request.status, request.answer]).toMatchObject(['/token', 400, { error: 'invalid_grant' }]);
    expect(others).toEqual([]);
    expect(record.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  }

  it.each(REVISIONS)("is played by the suite's provider in the official SDK on %s", async (revision) => {
    const assertion = await newToken();
    await playOfficial(serverUrl('plain'), revision, new WorkloadProvider(assertion, 'a-workload'));
    await judgeToken(assertion);
  });

  it('is played by our client', async () => {
    const assertion = await newToken();
    const context = { client_id: 'a-workload', valid_jwt: assertion };
    expect(await playOwn(serverUrl('plain'), 'auth/wif-jwt-bearer', context)).toEqual(ended);
    await judgeToken(assertion);
  });

  it.each(wrong)('refuses the official SDK a token %s, and it asks once', async (_, changes, reason) => {
    const assertion = await newToken(changes());
    const play = playOfficial(serverUrl('plain'), '2026-07-28', new WorkloadProvider(assertion, 'a-workload'));
    await expect(play).rejects.toThrow('is not tried again');
    await judgeRefusal(assertion, reason);
  });

  it('gets to see no token for somebody else from our client', async () => {
    const assertion = await newToken({ aud: 'https://wrong.example' });
    const { code, stderr } = await playOwn(serverUrl('plain'), 'auth/wif-jwt-bearer', { valid_jwt: assertion });
    expect([code, stderr]).toEqual([1, expect.stringContaining('The assertion is for another authorization server')]);
    await trailUntil('access_token.refused', { reason: 'missing' });
    expect(proxy.take().map(({ method, path }) => `${method} ${path}`)).not.toContain('POST /token');
  });
});

describe.each([
  ['auth/dpop', 'bound', false],
  ['auth/dpop-nonce', 'nonce', true],
])('%s', (_, name, needsNonce) => {
  /** Reads a proof as the suite does, and answers its claims. */
  async function readProof({ headers, method, path }: Exchange, keys: Set<string>): Promise<JWTPayload> {
    const proof = String(headers['dpop']);
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' });
    const { jwk = {} } = protectedHeader;
    expect(jwk).not.toHaveProperty('d');
    keys.add(await calculateJwkThumbprint(jwk));
    expect(payload).toMatchObject({ htm: method, htu: `${proxy.origin}${path}`, jti: expect.any(String) });
    expect(Math.abs(Math.floor(Date.now() / 1000) - Number(payload.iat))).toBeLessThanOrEqual(300);
    return payload;
  }

  async function judgeProofs(grantType: string): Promise<Play> {
    const play = await judge(name, grantType);
    const { tokenRequests, authorized, accessToken, trail } = play;
    const keys = new Set<string>();
    const asked = await Promise.all(tokenRequests.map((exchange) => readProof(exchange, keys)));
    const shown = await Promise.all(authorized.map((exchange) => readProof(exchange, keys)));
    expect(tokenRequests.at(-1)?.answer['token_type']).toBe('DPoP');
    // One key made all proofs, and the token is bound to it; no proof came twice.
    expect([...keys]).toEqual([(decodeJwt(accessToken)['cnf'] as { jkt: string }).jkt]);
    expect(new Set([...asked, ...shown].map(({ jti }) => jti)).size).toBe(asked.length + shown.length);
    const ath = createHash('sha256').update(accessToken).digest('base64url');
    expect(shown.map((claims) => claims['ath'])).toEqual(shown.map(() => ath));

    const [challenge, second] = tokenRequests;
    expect([challenge?.status, challenge?.answer['error'], second?.status]).toEqual([400, 'use_dpop_nonce', 200]);
    expect(asked.map((claims) => claims['nonce'])).toEqual([undefined, challenge?.answerHeaders['dpop-nonce']]);
    // The nonce of the token endpoint is one of the origin, and good at the server that asks for one.
    expect(authorized.map(({ status }) => status)).not.toContain(401);
    if (needsNonce) expect(shown[0]?.['nonce']).toBe(second?.answerHeaders['dpop-nonce']);
    // The gate counted the same, and refused nothing else but the first request, which had no token.
    const reasons = trail.flatMap(({ type, reason }) =>
      /\.(refused|unproven)$/.test(String(type)) ? [String(reason)] : [],
    );
    expect(reasons).toEqual(['missing', 'dpop_nonce_missing']);
    return play;
  }

  it.each(REVISIONS)('PD-05 is played by the DpopSession of the official SDK on %s', async (revision) => {
    const authProvider = new DpopProvider('http://127.0.0.1:9876/callback');
    const person = async (): Promise<URLSearchParams> => {
      const url = authProvider.authorizationUrl ?? '';
      return (await authorizeByForms(new FormBrowser(proxy.origin), url, gate)).searchParams;
    };
    await playOfficial(serverUrl(name), revision, authProvider as never, person);
    const { record } = await judgeProofs('authorization_code');
    expect(pathsOf(record)).toContain('/register');
  });

  it('PD-05 is played by our client, which reads in the metadata that it needs a key', async () => {
    const played: readonly [string, Readonly<Record<string, string>>] = needsNonce
      ? ['auth/client-credentials-basic', withSecret]
      : ['auth/client-credentials-jwt', withKey()];
    expect(await playOwn(serverUrl(name), ...played)).toEqual(ended);
    await judgeProofs('client_credentials');
  });
});
