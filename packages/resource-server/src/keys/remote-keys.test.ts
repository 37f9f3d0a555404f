import { type AuditEvent, createBoundedFetch } from '@portcullis/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIssuerKey, type IssuerKey, type IssuerServer, startIssuerServer } from '../testing/issuer-server.js';
import { createRemoteKeys, type RemoteKeysOptions } from './remote-keys.js';
import type { VerificationKeys } from './verification-keys.js';

const rules = { algorithms: ['ES256', 'RS256', 'PS256'] };
const METADATA = '/.well-known/oauth-authorization-server';
let server: IssuerServer;
let a: IssuerKey;
let b: IssuerKey;
let now: number;

const keysOf = (change: Partial<RemoteKeysOptions> = {}): VerificationKeys =>
  createRemoteKeys({
    issuer: server.origin,
    rules,
    fetch: createBoundedFetch(fetch),
    clock: { nowEpochSeconds: () => now },
    ...change,
  });

const publish = (...jwks: unknown[]): void => void server.answers.set('/jwks', { body: { keys: jwks } });

/** How many keys there are of that id. */
async function found(keys: VerificationKeys, keyId: string, algorithm = 'ES256'): Promise<number | 'unavailable'> {
  const list = await keys.find(keyId, algorithm);
  return list === 'unavailable' ? list : list.length;
}

beforeAll(async () => {
  [server, a, b] = await Promise.all([startIssuerServer(), createIssuerKey('a'), createIssuerKey('b')]);
});
beforeEach(() => {
  now = 1000;
  server.answers.clear();
  server.heard.length = 0;
  const metadata = { issuer: server.origin, jwks_uri: `${server.origin}/jwks` };
  server.answers.set(METADATA, { body: metadata });
  publish(a.jwk);
});
afterAll(() => server.close());

describe('createRemoteKeys', () => {
  it('RS-08 fetches twice in a minute of 1000 random key ids a second, and finds the good key all the while', async () => {
    const events: AuditEvent[] = [];
    const audit = { record: (event: AuditEvent) => void events.push(event) };
    const keys = keysOf({ audit, tenantId: 'acme' });
    expect(await found(keys, 'a')).toBe(1);
    for (let second = 0; second < 59; second += 1, now += 1) {
      const random = Array.from({ length: 1000 }, (_, index) => keys.find(`random-${second}-${index}`, 'ES256'));
      expect((await Promise.all(random)).every((list) => list.length === 0)).toBe(true);
      expect(keys.find('a', 'ES256')).toHaveLength(1);
    }
    expect(server.count('/jwks')).toBe(2);
    expect(events).toMatchObject([
      { type: 'keys.unknown_kid_storm', outcome: 'refused', tenantId: 'acme', detail: server.origin },
    ]);
  });

  it('RS-09 takes a new key after one load, and drops the one that is gone', async () => {
    const keys = keysOf();
    expect(await found(keys, 'a')).toBe(1);
    publish(b.jwk);
    now += 30;
    expect(await found(keys, 'b')).toBe(1);
    expect(await found(keys, 'a')).toBe(0);
    expect(server.count('/jwks')).toBe(2);
  });

  it.each([
    ['{}', { body: {} }],
    ['HTML', { type: 'text/html', body: '<html></html>' }],
    ['a server error', { status: 500, body: { keys: [] } }],
    ['5 MB', { body: { keys: [], padding: 'x'.repeat(5_000_000) } }],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: {} }],
    ['two lists', { body: '{"keys":[],"keys":[]}' }],
    ['keys that are no list', { body: { keys: { a: 1 } } }],
  ])(
    'RS-09 F-05 keeps the last good set on %s, and takes the next good one within half a minute',
    async (_what, answer) => {
      const keys = keysOf();
      await keys.prepare();
      server.answers.set('/jwks', answer);
      server.answers.set('/elsewhere', { body: { keys: [b.jwk] } });
      for (let tries = 0; tries < 3; tries += 1) {
        now += 30;
        expect(await found(keys, 'b')).toBe(0);
        expect(await found(keys, 'a')).toBe(1);
      }
      publish(b.jwk);
      now += 30;
      expect(await found(keys, 'b')).toBe(1);
    },
  );

  it('RS-09 believes that there are no keys any more when it is said twice in a row', async () => {
    const keys = keysOf();
    await keys.prepare();
    publish();
    now += 30;
    expect(await found(keys, 'b')).toBe(0);
    expect(await found(keys, 'a')).toBe(1);
    publish(a.jwk);
    now += 30;
    expect(await found(keys, 'b')).toBe(0);
    publish({ ...a.jwk, use: 'enc' });
    now += 30;
    expect(await found(keys, 'b')).toBe(0);
    expect(await found(keys, 'a')).toBe(1);
    now += 30;
    expect(await found(keys, 'b')).toBe(0);
    expect(await found(keys, 'a')).toBe(0);
  });

  it('F-05 has no keys at a cold start, asks no more than once in half a minute, and recovers within one', async () => {
    server.answers.set('/jwks', { status: 503, body: {} });
    const keys = keysOf();
    expect(await keys.prepare()).toBe(false);
    for (let asked = 0; asked < 50; asked += 1) expect(await found(keys, 'a')).toBe('unavailable');
    expect(server.count('/jwks')).toBe(1);
    publish(a.jwk);
    now += 30;
    expect(await found(keys, 'a')).toBe(1);
    expect(await keys.prepare()).toBe(true);
  });

  it.each([
    ['http_status', 'jwks answered with status 503', '/jwks', { status: 503, body: {} }],
    ['not_json', 'no JSON object', '/jwks', { type: 'text/html', body: '<html>' }],
    ['too_large', 'more than is read', '/jwks', { body: { keys: [], padding: 'x'.repeat(300_000) } }],
    ['no_key_set', 'no JWK Set', '/jwks', { body: {} }],
    ['no_usable_key', 'no key that may verify', '/jwks', { body: { keys: [] } }],
    ['http_status', 'oauth-authorization-server answered with status 404', METADATA, { status: 404, body: {} }],
    ['other_issuer', 'name another issuer', METADATA, { body: { issuer: 'https://other.test' } }],
    ['endpoint_missing', 'configure jwksUri', METADATA, () => ({ body: { issuer: server.origin } })],
    [
      'endpoint_elsewhere',
      'at another origin, https://keys.test/jwks: configure it as jwksUri',
      METADATA,
      () => ({ body: { issuer: server.origin, jwks_uri: 'https://keys.test/jwks?key=secret' } }),
    ],
  ] as const)('F-05 says %s once for a load, and that %s', async (reason, words, path, answer) => {
    server.answers.set(path, answer);
    const events: AuditEvent[] = [];
    const keys = keysOf({ audit: { record: (event) => void events.push(event) }, tenantId: 'acme' });
    await Promise.all(Array.from({ length: 20 }, (_, index) => keys.find(`k${index}`, 'ES256')));
    expect(events).toMatchObject([{ type: 'keys.unavailable', outcome: 'failed', tenantId: 'acme', reason }]);
    expect(events[0]?.detail).toContain(`${server.origin}: `);
    expect(events[0]?.detail).toContain(words);
    expect(events[0]?.detail).not.toContain('secret');
    expect(events[0]?.httpStatus).toBe(reason === 'http_status' ? (path === METADATA ? 404 : 503) : undefined);
    now += 30;
    await keys.find('k', 'ES256');
    expect(events).toHaveLength(reason === 'no_usable_key' ? 1 : 2);
  });

  it('F-05 looks for the metadata again when the keys have moved', async () => {
    const keys = keysOf();
    await keys.prepare();
    server.answers.delete('/jwks');
    server.answers.set('/moved', { body: { keys: [b.jwk] } });
    server.answers.set('/.well-known/oauth-authorization-server', {
      body: { issuer: server.origin, jwks_uri: `${server.origin}/moved` },
    });
    now += 30;
    expect(await found(keys, 'b')).toBe(0);
    now += 30;
    expect(await found(keys, 'b')).toBe(1);
  });

  it('RS-02 takes keys of another origin where that is configured, and then asks for no metadata', async () => {
    const elsewhere = server.origin.replace('127.0.0.1', 'localhost');
    server.answers.set('/.well-known/oauth-authorization-server', {
      body: { issuer: server.origin, jwks_uri: `${elsewhere}/jwks` },
    });
    expect(await found(keysOf(), 'a')).toBe('unavailable');
    expect(server.count('/jwks')).toBe(0);
    server.heard.length = 0;
    expect(await found(keysOf({ jwksUri: `${server.origin}/jwks` }), 'a')).toBe(1);
    expect(server.heard).toHaveLength(1);
    for (const jwksUri of ['http://as.test/jwks', 'file:///etc/passwd', '']) {
      expect(() => keysOf({ jwksUri })).toThrow(TypeError);
    }
  });
});
