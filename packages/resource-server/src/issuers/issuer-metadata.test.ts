import { type BoundedFetch, createBoundedFetch } from '@portcullis/ports';
import { succeed } from '@portcullis/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IssuerServer, startIssuerServer } from '../testing/issuer-server.js';
import { createIssuerMetadataSource, issuerMetadataUrls } from './issuer-metadata.js';

let server: IssuerServer;
let issuer: string;
let now: number;

const PATHS = [
  '/.well-known/oauth-authorization-server/t',
  '/.well-known/openid-configuration/t',
  '/t/.well-known/openid-configuration',
  '/t/.well-known/oauth-authorization-server',
] as const;

const boundedFetch = createBoundedFetch(fetch);
const source = (fetch = boundedFetch) =>
  createIssuerMetadataSource({ issuer, fetch, clock: { nowEpochSeconds: () => now } });

const isFound = async (metadata = source()): Promise<boolean> => (await metadata.get()).ok;

const document = (change: object = {}) => ({
  issuer,
  jwks_uri: `${server.origin}/keys`,
  introspection_endpoint: `${server.origin}/ask`,
  ...change,
});

beforeAll(async () => {
  server = await startIssuerServer();
  issuer = `${server.origin}/t`;
});
beforeEach(() => {
  now = 1000;
  server.answers.clear();
  server.heard.length = 0;
});
afterAll(() => server.close());

describe('issuerMetadataUrls (RFC 8414 §3.1)', () => {
  it('names the inserted and the appended addresses, each once', () => {
    expect(issuerMetadataUrls('https://as.test/oauth2/aus1')).toEqual([
      'https://as.test/.well-known/oauth-authorization-server/oauth2/aus1',
      'https://as.test/.well-known/openid-configuration/oauth2/aus1',
      'https://as.test/oauth2/aus1/.well-known/openid-configuration',
      'https://as.test/oauth2/aus1/.well-known/oauth-authorization-server',
    ]);
    for (const root of ['https://as.test', 'https://as.test/']) {
      expect(issuerMetadataUrls(root)).toEqual([
        'https://as.test/.well-known/oauth-authorization-server',
        'https://as.test/.well-known/openid-configuration',
      ]);
    }
  });

  it.each(['', 'as.test', 'http://as.test', 'https://as.test/?x', 'https://u@as.test', 'https://as.test/#'])(
    'RS-06 takes no issuer %j',
    (text) => {
      expect(() => issuerMetadataUrls(text)).toThrow(TypeError);
    },
  );
});

describe('createIssuerMetadataSource (RFC 8414 §3)', () => {
  it.each(PATHS)('finds the document at %s, and asks no more for an hour', async (path) => {
    server.answers.set(path, { body: document() });
    const metadata = source();
    const found = succeed({
      jwksUri: succeed(`${server.origin}/keys`),
      introspectionEndpoint: succeed(`${server.origin}/ask`),
    });
    expect(await Promise.all([metadata.get(), metadata.get()])).toEqual([found, found]);
    now += 3599;
    await metadata.get();
    expect(server.count(path)).toBe(1);
    now += 1;
    await metadata.get();
    metadata.forget();
    expect(await metadata.get()).toEqual(found);
    expect(server.count(path)).toBe(3);
  });

  it('RS-06 passes by a document that names another issuer, however alike, and takes the next', async () => {
    server.answers.set(PATHS[0], { body: document({ issuer: `${issuer}/` }) });
    server.answers.set(PATHS[1], { body: document({ issuer: issuer.toUpperCase() }) });
    expect(await source().get()).toMatchObject({ failure: { reason: 'other_issuer' } });
    server.answers.set(PATHS[2], { body: document() });
    expect(await isFound()).toBe(true);
  });

  it.each(['https://keys.evil.test/jwks', 'http://127.0.0.1:1/keys', 'javascript:alert(1)', '/keys', 7, ['x']])(
    'RS-02 believes no endpoint %j, which is not at its own origin',
    async (jwks_uri) => {
      server.answers.set(PATHS[0], { body: document({ jwks_uri }) });
      const reason = /^http/.test(String(jwks_uri)) ? 'endpoint_elsewhere' : 'endpoint_missing';
      expect(await source().get()).toMatchObject({
        value: { jwksUri: { failure: { reason } }, introspectionEndpoint: succeed(`${server.origin}/ask`) },
      });
    },
  );

  it.each([
    ['a server error', { status: 500, body: {} }],
    ['HTML', { type: 'text/html', body: '<html>' }],
    ['JSON that says it is HTML', { type: 'text/html', body: '{}' }],
    ['a list', { body: [] }],
    ['two issuers', { body: '{"issuer":"x","issuer":"y"}' }],
    ['more than 64 KiB', { body: { padding: 'x'.repeat(65 * 1024) } }],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: {} }],
  ])('F-05 finds nothing in %s, and looks again when it is asked again', async (_what, answer) => {
    server.answers.set('/elsewhere', { body: document() });
    for (const path of PATHS) server.answers.set(path, answer);
    const metadata = source();
    expect(await isFound(metadata)).toBe(false);
    expect(server.count('/elsewhere')).toBe(0);
    server.answers.set(PATHS[0], { body: document() });
    expect(await isFound(metadata)).toBe(true);
  });

  it('F-05 copes with a fetch that rejects, which it should not', async () => {
    expect(await isFound(source(async () => Promise.reject(new Error('broken'))))).toBe(false);
  });

  it('F-05 is held up by no address that hangs', async () => {
    server.answers.set(PATHS[2], { body: document() });
    const hanging: BoundedFetch = (request) =>
      request.url.endsWith(PATHS[2]) ? boundedFetch(request) : new Promise(() => undefined);
    expect(await isFound(source(hanging))).toBe(true);
  });

  it('takes the first in order, though one behind it is quicker', async () => {
    server.answers.set(PATHS[0], { body: document() });
    server.answers.set(PATHS[2], { body: document({ jwks_uri: `${server.origin}/other` }) });
    const behind = new Map<string, ReturnType<BoundedFetch>>();
    const slowFirst: BoundedFetch = async (request) => {
      const answer = boundedFetch(request);
      behind.set(request.url, answer);
      if (request.url.endsWith(PATHS[0])) {
        await Promise.resolve();
        await Promise.all(behind.values());
      }
      return answer;
    };
    expect(await source(slowFirst).get()).toMatchObject({ value: { jwksUri: succeed(`${server.origin}/keys`) } });
  });
});
