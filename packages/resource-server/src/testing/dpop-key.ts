import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTHeaderParameters } from 'jose';

/** What a proof is made for. */
export interface ProofTarget {
  /** @defaultValue POST */
  readonly method?: string;
  readonly url: string;
  /** @defaultValue no `ath` */
  readonly accessToken?: string;
  readonly nonce?: string;
}

/** A key of a client. */
export interface TestDpopKey {
  readonly thumbprint: string;
  /** A proof that is in order but for `claims` and `header`; one that is undefined there is left out. */
  prove(target: ProofTarget, claims?: object, header?: object): Promise<string>;
}

/** Makes a key and the proofs it is good for, and worse ones. */
export async function createTestDpopKey(): Promise<TestDpopKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    async prove({ method = 'POST', url, accessToken, nonce }, claims = {}, header = {}) {
      const all = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ...(accessToken === undefined ? {} : { ath: await athOf(accessToken) }),
        nonce,
        ...claims,
      };
      return new CompactSign(new TextEncoder().encode(JSON.stringify(all)))
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header } as JWTHeaderParameters)
        .sign(privateKey);
    },
  };
}

/** `ath` of a token (RFC 9449 §4.2). */
async function athOf(accessToken: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
  return Buffer.from(digest).toString('base64url');
}
