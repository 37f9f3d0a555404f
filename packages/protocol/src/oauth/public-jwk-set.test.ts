import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { base64Url, fromBase64Url } from '../text/base64-url.js';
import { formatPublicJwkSet, keepPublicSigningKeys, parsePublicJwk, parsePublicJwkSet } from './public-jwk-set.js';

const coordinate = 'w'.repeat(43);
const ec = { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate } satisfies JsonObject;
const ed = { kty: 'OKP', crv: 'Ed25519', x: coordinate } satisfies JsonObject;
const rsa = { kty: 'RSA', n: `${'n'.repeat(341)}w`, e: 'AQAB' } satisfies JsonObject;
const set = (...keys: readonly JsonValue[]): JsonObject => ({ keys });
const malformed = { ok: false, failure: 'client_keys_malformed' };

describe('parsePublicJwkSet', () => {
  it.each<[string, JsonObject, readonly string[]]>([
    ['P-256', ec, ['ES256']],
    ['P-256 for ES256', { ...ec, alg: 'ES256' }, ['ES256']],
    ['RSA', rsa, ['RS256', 'PS256']],
    ['RSA for PS256', { ...rsa, alg: 'PS256' }, ['PS256']],
    ['Ed25519', ed, ['EdDSA', 'Ed25519']],
    ['Ed25519 for EdDSA', { ...ed, alg: 'EdDSA' }, ['EdDSA', 'Ed25519']],
    ['Ed25519 for Ed25519', { ...ed, alg: 'Ed25519' }, ['EdDSA', 'Ed25519']],
  ])('reads what %s is good for', (_title, jwk, algorithms) => {
    const parsed = parsePublicJwkSet(set({ ...jwk, kid: 'k', use: 'sig', key_ops: ['verify'], x5c: ['AAAA'] }));
    const { alg: _alg, ...material } = jwk;
    expect(parsed).toEqual({ ok: true, value: [{ keyId: 'k', algorithms, material }] });
  });

  it.each<[string, JsonValue]>([
    ['null', null],
    ['a list', [ec]],
    ['a text', JSON.stringify(set(ec))],
    ['no keys', {}],
    ['keys that are no list', { keys: ec }],
    ['a key that is no object', set('key')],
    ['a key that is null', set(ec, null)],
    ['none', set()],
    ['51', set(...Array.from({ length: 51 }, () => ec))],
    ['an unknown type', set({ ...ec, kty: 'AKP' })],
    ['another curve', set({ ...ec, crv: 'secp256k1' })],
    ['half a point', set({ kty: 'EC', crv: 'P-256', x: coordinate })],
    ['a short coordinate', set({ ...ec, x: 'x'.repeat(42) })],
    ['a coordinate that is no base64url', set({ ...ec, x: `${'x'.repeat(42)}=` })],
    ['an OKP key for key agreement', set({ ...ed, crv: 'X25519' })],
    ['an RSA key below 2048 bits', set({ ...rsa, n: 'n'.repeat(341) })],
    ['an RSA key above 4096 bits', set({ ...rsa, n: 'n'.repeat(684) })],
    ['a long exponent', set({ ...rsa, e: 'AAAAAAA' })],
    ['an exponent of 1', set({ ...rsa, e: 'AQ' })],
    ['an even exponent', set({ ...rsa, e: 'AQAA' })],
    ['an exponent of 1 after a zero', set({ ...rsa, e: 'AAE' })],
    ['a modulus that is short without its zeros', set({ ...rsa, n: `AAAA${'n'.repeat(338)}` })],
    ['a coordinate after a zero octet', set({ ...ec, x: `A${coordinate}` })],
    ['a key for encryption', set({ ...rsa, use: 'enc' })],
    ['operations without verify', set({ ...ec, key_ops: ['sign'] })],
    ['operations that are no list', set({ ...ec, key_ops: 'verify' })],
    ['an algorithm of another type', set({ ...ec, alg: 'RS256' })],
    ['an algorithm that is not accepted', set({ ...rsa, alg: 'RS512' })],
    ['a kid that is a number', set({ ...ec, kid: 7 })],
    ['a kid that is endless', set({ ...ec, kid: 'k'.repeat(257) })],
  ])('refuses %s', (_title, value) => {
    expect(parsePublicJwkSet(value)).toEqual(malformed);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('DC-02 refuses the secret member %s', (member) => {
    const leaking = { ...rsa, [member]: null };
    expect(parsePublicJwkSet(set(ec, leaking))).toEqual({ ok: false, failure: 'client_keys_private' });
    expect(keepPublicSigningKeys(set(ec, leaking))).toMatchObject([{ material: ec }]);
  });

  it('DC-02 refuses a symmetric key, even one without its secret', () => {
    expect(parsePublicJwkSet(set({ kty: 'oct' }))).toEqual({ ok: false, failure: 'client_keys_private' });
  });

  it('leaves out what cannot be used', () => {
    expect(parsePublicJwkSet(set({ ...rsa, use: 'enc' }, ec))).toMatchObject({ ok: true, value: [{ material: ec }] });
  });
});

it('keepPublicSigningKeys tells no set from an empty one', () => {
  expect(keepPublicSigningKeys({})).toBeUndefined();
  expect(keepPublicSigningKeys(set())).toEqual([]);
  expect(keepPublicSigningKeys(set({ ...ec, use: 'enc' }))).toEqual([]);
});

it('AZ-16 a key of a set is the same with leading zeros and without; one that stands alone has none', () => {
  const padded = { ...rsa, n: base64Url(Uint8Array.of(0, ...(fromBase64Url(rsa.n) ?? []))), e: 'AAEAAQ' };
  expect(parsePublicJwkSet(set(padded))).toEqual(parsePublicJwkSet(set(rsa)));
  expect(keepPublicSigningKeys(set(padded))).toMatchObject([{ material: rsa }]);
  expect(parsePublicJwk(rsa)).toMatchObject({ material: rsa });
  for (const one of [
    { ...rsa, n: padded.n },
    { ...rsa, e: padded.e },
  ])
    expect(parsePublicJwk(one)).toBeUndefined();
});

it('AZ-16 a coordinate has one form, so that one key has one thumbprint', () => {
  const other = `${'w'.repeat(42)}x`;
  expect(fromBase64Url(other)).toEqual(fromBase64Url(coordinate));
  for (const jwk of [
    { ...ec, x: other },
    { ...ec, y: other },
    { ...ed, x: other },
  ]) {
    expect(parsePublicJwk(jwk)).toBeUndefined();
    expect(parsePublicJwkSet(set(jwk))).toEqual(malformed);
  }
});

it('formatPublicJwkSet writes what parses to the same', () => {
  const parsed = parsePublicJwkSet(set({ ...ec, kid: 'a' }, { ...rsa, alg: 'PS256' }, rsa, { ...ed, alg: 'EdDSA' }));
  if (!parsed.ok) throw new Error('not parsed');
  const formatted = formatPublicJwkSet(parsed.value);
  expect(formatted.keys).toEqual([
    { ...ec, kid: 'a', alg: 'ES256', use: 'sig' },
    { ...rsa, alg: 'PS256', use: 'sig' },
    { ...rsa, use: 'sig' },
    { ...ed, use: 'sig' },
  ]);
  expect(parsePublicJwkSet(JSON.parse(JSON.stringify(formatted)))).toEqual(parsed);
});
