import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json/strict-json.js';
import { parsePublicJwkSet } from './public-jwk-set.js';

const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: '1' };
const ec = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

describe('parsePublicJwkSet', () => {
  it('gives back public keys as they came, and nothing beside them', () => {
    const jwks = { keys: [rsa, ec, { kty: 'later' }], note: 'x' };
    expect(parsePublicJwkSet(jwks)).toEqual({ ok: true, value: JSON.stringify({ keys: jwks.keys }) });
  });

  it.each<[string, JsonValue]>([
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a symmetric key without its value', { kty: 'oct' }],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'].map((member): [string, JsonValue] => [
      `a private part ${member}`,
      { ...rsa, [member]: 'x' },
    ]),
    ['a private part that is null', { ...ec, d: null }],
  ])('CI-06 refuses %s', (_title, key) => {
    expect(parsePublicJwkSet({ keys: [ec, key] })).toEqual({ ok: false, failure: 'secret_key_given' });
  });

  it.each<[string, JsonValue]>([
    ['null', null],
    ['a list', [ec]],
    ['a text', '{"keys":[]}'],
    ['no keys', {}],
    ['an empty list', { keys: [] }],
    ['keys that are no list', { keys: ec }],
    ['a key that is null', { keys: [null] }],
    ['a key that is a text', { keys: ['x'] }],
    ['a key without a type', { keys: [{ x: 'x' }] }],
    ['21 keys', { keys: Array.from({ length: 21 }, () => ec) }],
  ])('CI-06 refuses %s', (_title, value) => {
    expect(parsePublicJwkSet(value)).toEqual({ ok: false, failure: 'keys_malformed' });
  });
});
