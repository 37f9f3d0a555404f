import { createBoundedFetch } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { padRsaKey, weakenRsaKey } from '@portcullis/ports/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AssertionIssuer, IdentityProviderIssuer } from '../options.js';
import { KEYS } from '../testing/client-assertions.js';
import { type IssuerHost, startIssuerHost } from '../testing/issuer-host.js';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.js';

const clock = { now: 0 };
const platform = { ...nodePlatform, clock: { nowEpochSeconds: () => clock.now } };
const METADATA = '/.well-known/openid-configuration';
let host: IssuerHost;
let keys: IssuerKeys;
let issuer: IdentityProviderIssuer;

beforeAll(async () => {
  host = await startIssuerHost();
});
afterAll(() => host.close());
beforeEach(() => {
  clock.now = 1_800_000_000;
  for (const path of ['/jwks', '/elsewhere', METADATA, '/.well-known/oauth-authorization-server'])
    host.serve(path, 404);
  host.serve('/jwks', setOf('a'));
  use({ kind: 'identity_provider', issuer: host.origin, jwksUri: `${host.origin}/jwks` });
});

function use(configured: IdentityProviderIssuer, ...others: readonly AssertionIssuer[]): void {
  issuer = configured;
  keys = createIssuerKeys(
    { platform, configuredFetch: createBoundedFetch(fetch) },
    { assertionIssuers: [configured, ...others] },
  );
  host.asked.length = 0;
}

const setOf = (...kids: readonly string[]) => ({ keys: kids.map((kid) => ({ ...KEYS.ES256.publicJwk, kid })) });
const metadata = (changes: object = {}) => ({ issuer: host.origin, jwks_uri: `${host.origin}/jwks`, ...changes });
const setsAsked = () => host.asked.filter((path) => path === '/jwks').length;

/** The ids that are found, or why they are not known. */
async function find(keyId: string | undefined, of: AssertionIssuer = issuer): Promise<string> {
  const found = await keys.find(of, { algorithm: 'ES256', keyId });
  return found.ok ? found.value.map((key) => key.keyId).join() : `failed: ${found.failure.detail}`;
}

describe('keys at an address', () => {
  it('are fetched once for all who wait, and remembered', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => find('a')))).toEqual(Array(20).fill('a'));
    clock.now += 4;
    expect(await find('a')).toBe('a');
    expect(setsAsked()).toBe(1);
  });

  it('XG-04 are gone 5 s after the issuer took them back', async () => {
    expect(await find('a')).toBe('a');
    host.serve('/jwks', setOf('b'));
    clock.now += 4;
    expect(await find('a')).toBe('a');
    clock.now += 1;
    expect(await find('a')).toBe('');
    expect(await find('b')).toBe('b');
  });

  it('XG-04 are gone when the set is empty', async () => {
    expect(await find('a')).toBe('a');
    host.serve('/jwks', { keys: [] });
    clock.now += 5;
    expect(await find('a')).toBe('');
  });

  it.each(weakenRsaKey({ ...KEYS.RS256.publicJwk, kid: 'weak' }))('are none that have %s', async (_title, weak) => {
    host.serve('/jwks', { keys: [weak, { ...KEYS.RS256.publicJwk, kid: 'good' }] });
    const found = await keys.find(issuer, { algorithm: 'RS256', keyId: undefined });
    expect(found).toMatchObject({ ok: true, value: [{ keyId: 'good' }] });
  });

  it('are known with leading zeros, as some issuers publish them', async () => {
    host.serve('/jwks', { keys: [padRsaKey({ ...KEYS.RS256.publicJwk, kid: 'padded' })] });
    const { kty, n, e } = KEYS.RS256.publicJwk;
    const found = await keys.find(issuer, { algorithm: 'RS256', keyId: 'padded' });
    expect(found).toMatchObject({ ok: true, value: [{ material: { kty, n, e } }] });
  });

  it('are asked for again for an unknown one, but no more often than every 5 s', async () => {
    expect(await find('a')).toBe('a');
    host.serve('/jwks', setOf('a', 'b'));
    for (let index = 0; index < 20; index += 1) expect(await find(`x${index}`)).toBe('');
    expect(setsAsked()).toBe(1);
    clock.now += 5;
    expect(await find('b')).toBe('b');
    expect(setsAsked()).toBe(2);
  });

  it('count for ten minutes while their address does not answer, and no longer', async () => {
    expect(await find('a')).toBe('a');
    host.serve('/jwks', null);
    clock.now += 599;
    expect(await find('a')).toBe('a');
    clock.now += 1;
    expect(await find('a')).toBe('failed: not_reached');
    host.serve('/jwks', setOf('a'));
    clock.now += 5;
    expect(await find('a')).toBe('a');
  });

  it.each<[string, object | string | number, string]>([
    ['a redirect', 302, 'status_302'],
    ['an error', 500, 'status_500'],
    ['no JSON', '<html>', 'no_jwk_set'],
    ['a repeated member', '{"keys":[],"keys":[]}', 'no_jwk_set'],
    ['a depth of 1000', '['.repeat(1000), 'no_jwk_set'],
    ['more bytes than are read', ' '.repeat(256 * 1024 + 1), 'too_large'],
    ['more keys than are read', { keys: Array(51).fill(KEYS.ES256.publicJwk) }, 'no_jwk_set'],
  ])('are not %s', async (_title, answer, failure) => {
    host.serve('/jwks', answer);
    expect(await find('a')).toBe(`failed: ${failure}`);
  });

  it('are four at most, of the algorithm, and public', async () => {
    host.serve('/jwks', {
      keys: [
        { ...KEYS.RS256.publicJwk, kid: 'rsa' },
        { ...KEYS.ES256.privateJwk, kid: 'private' },
        ...setOf('1', '2', '3', '4', '5').keys,
      ],
    });
    expect(await find(undefined)).toBe('1,2,3,4');
    expect(await find('rsa')).toBe('');
    expect(await find('private')).toBe('');
  });

  it('are not known without a way to fetch them', async () => {
    keys = createIssuerKeys({ platform }, { assertionIssuers: [issuer] });
    expect(await find('a')).toBe('failed: no_configured_fetch');
  });

  it('are never those of another issuer', async () => {
    const other = { ...issuer, issuer: 'https://other.test', jwksUri: `${host.origin}/elsewhere` };
    host.serve('/elsewhere', setOf('b'));
    use(issuer, other);
    expect([await find('a'), await find('b'), await find('a', other), await find('b', other)]).toEqual([
      'a',
      '',
      '',
      'b',
    ]);
  });
});

it('keys in the configuration are fetched from nowhere', async () => {
  use({ kind: 'identity_provider', issuer: host.origin, jwks: JSON.stringify(setOf('inline')) });
  expect([await find('inline'), await find('a'), await find(undefined)]).toEqual(['inline', '', 'inline']);
  expect(host.asked).toEqual([]);
});

describe('keys that the metadata of the issuer lead to', () => {
  beforeEach(() => use({ kind: 'identity_provider', issuer: host.origin }));

  it('are found, and the metadata asked for once in ten minutes', async () => {
    host.serve(METADATA, metadata());
    for (let index = 0; index < 3; index += 1) {
      expect(await find('a')).toBe('a');
      clock.now += 5;
    }
    expect(host.asked.filter((path) => path === METADATA)).toHaveLength(1);
    clock.now += 600;
    expect(await find('a')).toBe('a');
    expect(host.asked.filter((path) => path === METADATA)).toHaveLength(2);
  });

  it('are found by the metadata of OAuth first', async () => {
    host.serve('/elsewhere', setOf('b'));
    host.serve(METADATA, metadata());
    host.serve('/.well-known/oauth-authorization-server', metadata({ jwks_uri: `${host.origin}/elsewhere` }));
    expect(await find('b')).toBe('b');
  });

  it('are found by the next metadata where the first have no jwks_uri', async () => {
    host.serve('/.well-known/oauth-authorization-server', { issuer: host.origin });
    host.serve(METADATA, metadata());
    expect(await find('a')).toBe('a');
  });

  it('are looked for anew where they moved', async () => {
    host.serve(METADATA, metadata());
    expect(await find('a')).toBe('a');
    host.serve('/jwks', 404);
    host.serve('/elsewhere', setOf('a'));
    host.serve(METADATA, metadata({ jwks_uri: `${host.origin}/elsewhere` }));
    clock.now += 5;
    expect(await find('b')).toBe('failed: status_404');
    clock.now += 5;
    expect(await find('a')).toBe('a');
    expect(host.asked.at(-1)).toBe('/elsewhere');
  });

  it.each<[string, object | string | number | null, string]>([
    ['are not there', 404, 'metadata_not_found'],
    ['name another issuer', { issuer: 'https://evil.test' }, 'metadata_of_other_issuer'],
    ['name it with a slash', { issuer: 'SLASH' }, 'metadata_of_other_issuer'],
    ['name nobody', {}, 'metadata_malformed'],
    ['are no JSON', '<html>', 'metadata_malformed'],
    ['have no jwks_uri', { issuer: 'SAME' }, 'metadata_without_jwks_uri'],
    ['have one that is no URL', { issuer: 'SAME', jwks_uri: 'jwks' }, 'metadata_without_jwks_uri'],
    ['lead to another origin', { issuer: 'SAME', jwks_uri: 'https://evil.test/jwks' }, 'jwks_uri_of_other_origin'],
    ['are cut off', null, 'metadata_not_reached'],
  ])('are none where the metadata %s', async (_title, answer, failure) => {
    const text = typeof answer === 'object' && answer !== null ? JSON.stringify(answer) : answer;
    const named = { SAME: host.origin, SLASH: `${host.origin}/` };
    host.serve(METADATA, typeof text === 'string' ? text.replace(/SAME|SLASH/, (name) => named[name as 'SAME']) : text);
    expect(await find('a')).toBe(`failed: ${failure}`);
    expect(setsAsked()).toBe(0);
  });
});
