import { createHash } from 'node:crypto';

/** A key of a client. */
export interface TestDpopKey {
  readonly thumbprint: string;
  /** A proof for a POST to `url` with a token, in order but for `claims`; one that is undefined there is left out. */
  prove(url: string, accessToken: string, claims?: object): Promise<string>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** Makes a key and the proofs it is good for (RFC 9449 §4.2), and worse ones. */
export async function createTestDpopKey(): Promise<TestDpopKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  return {
    // RFC 7638 §3: the members by name, in this order.
    thumbprint: hash(JSON.stringify({ crv, kty, x, y })),
    async prove(url, accessToken, claims = {}) {
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { crv, kty, x, y } };
      const iat = Math.floor(Date.now() / 1000);
      const all = { jti: crypto.randomUUID(), htm: 'POST', htu: url, iat, ath: hash(accessToken), ...claims };
      const signed = `${encode(header)}.${encode(all)}`;
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(signed));
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
