import { describe, expect, it } from 'vitest';
import { base64Url } from '../text/base64-url.js';
import { readRsaMembers } from './rsa-members.js';

/** A number of so many bits, in its octets. */
function numberOf(bits: number, before: readonly number[] = []): string {
  const octets = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  octets[0] = 0xff >> (octets.length * 8 - bits);
  return base64Url(Uint8Array.of(...before, ...octets));
}

const n = numberOf(2048);
const e = 'AQAB';
const octets = (...values: readonly number[]) => base64Url(Uint8Array.from(values));

describe('readRsaMembers (RFC 7518 §2, §6.3.1)', () => {
  it.each([
    ['2048 bits and 65537', { n, e }],
    ['3', { n, e: octets(3) }],
    ['a prime of four octets', { n, e: octets(0xff, 0xff, 0xff, 0xfb) }],
    ['2049 bits', { n: numberOf(2049), e }],
    ['the most bits', { n: numberOf(4096), e }],
  ])('takes %s', (_title, members) => {
    expect(readRsaMembers(members, 4096)).toEqual(members);
  });

  it.each([
    ['the exponent as Azure Key Vault writes it', { n, e: 'AAEAAQ' }],
    ['the exponent in eight octets', { n, e: octets(0, 0, 0, 0, 0, 1, 0, 1) }],
    ['the modulus in 257 octets', { n: numberOf(2048, [0]), e }],
    [
      'both after as many zero octets as may be',
      { n: numberOf(2048, Array(8).fill(0)), e: octets(...Array(8).fill(0), 1, 0, 1) },
    ],
  ])('takes the leading zeros off %s', (_title, members) => {
    expect(readRsaMembers(members, 2048)).toEqual({ n, e });
  });

  it.each([
    ['no exponent', { n, e: undefined }],
    ['an empty exponent', { n, e: '' }],
    ['an exponent that is a number', { n, e: 65_537 }],
    ['an exponent of 0', { n, e: octets(0) }],
    ['an exponent of 1', { n, e: octets(1) }],
    ['an exponent of 2', { n, e: octets(2) }],
    ['an even exponent', { n, e: octets(1, 0, 0) }],
    ['an even exponent after a zero octet', { n, e: octets(0, 1, 0, 0) }],
    ['nothing but zero octets', { n, e: octets(0, 0, 0) }],
    ['an exponent of five octets after a zero octet', { n, e: octets(0, 1, 0, 0, 0, 1) }],
    ['an exponent after nine zero octets', { n, e: octets(0, 0, 0, 0, 0, 0, 0, 0, 0, 3) }],
    ['an exponent of 1 after zero octets', { n, e: octets(0, 0, 1) }],
    ['an exponent of five octets', { n, e: octets(1, 0, 0, 0, 1) }],
    ['an exponent with a bit beside its octets', { n, e: 'Ax' }],
    ['an exponent with padding', { n, e: 'Aw==' }],
    ['an exponent in base64', { n, e: '//8B' }],
    ['no modulus', { n: undefined, e }],
    ['a modulus of 2047 bits', { n: numberOf(2047), e }],
    ['a modulus of 2040 bits', { n: numberOf(2040), e }],
    ['a modulus of 1024 bits after zero octets', { n: numberOf(1024, Array(128).fill(0)), e }],
    ['a modulus of 2047 bits after a zero octet', { n: numberOf(2047, [0]), e }],
    ['a modulus of a bit too many after a zero octet', { n: numberOf(4097, [0]), e }],
    ['a modulus after nine zero octets', { n: numberOf(2048, Array(9).fill(0)), e }],
    ['a modulus with padding', { n: `${n}==`, e }],
    ['a modulus of a bit too many', { n: numberOf(4097), e }],
  ])('refuses %s', (_title, members) => {
    expect(readRsaMembers(members, 4096)).toBeUndefined();
  });
});
