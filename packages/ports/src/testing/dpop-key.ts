import { base64Url } from '@portcullis/protocol';

/** What a proof is made for. */
export interface ProofTarget {
  /** @defaultValue POST */
  readonly method?: string;
  readonly url: string;
  /** @defaultValue no `ath` */
  readonly accessToken?: string;
  readonly nonce?: string;
}

/** A key of a client, for proofs by ES256. */
export interface TestDpopKey {
  readonly jwk: JsonWebKey;
  readonly privateJwk: JsonWebKey;
  /** RFC 7638, SHA-256: what tokens are bound to. */
  readonly thumbprint: string;
  /**
   * A proof that is in order, made just now, but for `claims` and `header`; one that is undefined there is left out. The
   * signature is by this key, whatever it says.
   */
  prove(target: ProofTarget, claims?: object, header?: object): Promise<string>;
}

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** Makes a key and the proofs it is good for (RFC 9449 §4.2), and worse ones. */
export async function createTestDpopKey(): Promise<TestDpopKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
  const { d = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  const jwk = { crv, kty, x, y };
  return {
    jwk,
    privateJwk: { ...jwk, d },
    // RFC 7638 §3: the members by name, in this order.
    thumbprint: await hash(JSON.stringify(jwk)),
    async prove({ method = 'POST', url, accessToken, nonce }, claims = {}, header = {}) {
      const signed = [
        encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }),
        encode({
          jti: crypto.randomUUID(),
          htm: method,
          htu: url,
          iat: Math.floor(Date.now() / 1000),
          ...(accessToken === undefined ? {} : { ath: await hash(accessToken) }),
          nonce,
          ...claims,
        }),
      ].join('.');
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
      const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(signed));
      return `${signed}.${base64Url(new Uint8Array(signature))}`;
    },
  };
}

async function hash(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function encode(value: object): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(value)));
}
