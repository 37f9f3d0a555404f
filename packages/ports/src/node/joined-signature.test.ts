import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { joinSignature } from './joined-signature.js';

/** The DER of a signature of these two numbers, in hexadecimal without the zeros before them. */
function der(r: string, s: string): Uint8Array {
  const integer = (digits: string): Buffer => {
    const octets = Buffer.from(digits, 'hex');
    const value = (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), octets]) : octets;
    return Buffer.concat([Buffer.from([0x02, value.length]), value]);
  };
  const numbers = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, numbers.length]), numbers]);
}

describe('joinSignature', () => {
  it.each([
    ['of full length', '7f'.repeat(32), '01'.repeat(32)],
    ['that DER would take for negative', 'ff'.repeat(32), '80'.repeat(32)],
    ['that begin with zeros', '7f'.repeat(30), '01'],
    ['one short, one with a zero before it', '80'.repeat(31), 'ff'.repeat(32)],
  ])('gives numbers %s 32 octets each', (_, r, s) => {
    const joined = Buffer.from(joinSignature(der(r, s))).toString('hex');
    expect(joined).toBe(r.padStart(64, '0') + s.padStart(64, '0'));
  });

  it('makes of each signature of OpenSSL one that verifies in the form of JWS', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = createPrivateKey({ key: privateKey.export({ format: 'jwk' }), format: 'jwk' });
    // Of a thousand, some begin with a zero, and half of the numbers look negative.
    for (let index = 0; index < 1000; index += 1) {
      const data = Buffer.from(`header.claims${index}`);
      const signature = joinSignature(sign('sha256', data, key));
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
  });
});
