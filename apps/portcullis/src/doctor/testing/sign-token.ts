import { generateKeyPairSync, sign } from 'node:crypto';

/** A key of a provider, and what it signs. */
export interface TokenSigner {
  /** For the JWK Set. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateJwk: Readonly<Record<string, unknown>>;
  sign(claims: object, header?: object): string;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A new key of ES256, which is made at once. */
export function createTokenSigner(keyId = 'key-1'): TokenSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const about = { kid: keyId, use: 'sig', alg: 'ES256' };
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...about },
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...about },
    sign(claims, header = {}) {
      const signed = `${part({ alg: 'ES256', typ: 'at+jwt', kid: keyId, ...header })}.${part(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
  };
}
