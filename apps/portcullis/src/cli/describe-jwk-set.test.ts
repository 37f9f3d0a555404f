import { expect, it } from 'vitest';
import { describeJwkSet } from './describe-jwk-set.js';

it('tells of each key what kind it is and by which id, and not its numbers', () => {
  const modulus = Buffer.alloc(256, 0xff).toString('base64url');
  const keys = [
    { kty: 'EC', crv: 'P-256', kid: '2026-11', alg: 'ES256', x: 'x', y: 'y' },
    { kty: 'RSA', n: modulus, e: 'AQAB' },
    { kty: 'OKP', crv: 'Ed25519', x: 'x' },
  ];
  expect(describeJwkSet({ keys })).toEqual(['EC P-256, kid 2026-11, alg ES256', 'RSA 2048 bits', 'OKP Ed25519']);
});

it.each([undefined, null, 'keys', [], {}, { keys: 'none' }, { keys: [null, 7] }])('finds no key in %j', (jwks) => {
  expect(describeJwkSet(jwks)).toEqual([]);
});
