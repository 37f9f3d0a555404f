import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key of a provider, and what it signs. */
export interface TokenSigner {
  /** For the JWK Set. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateJwk: Readonly<Record<string, unknown>>;
  sign(claims: object, header?: object): string;
}

/** How a key signs. */
interface SignerForm {
  readonly algorithm: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly options: object;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A new key of ES256, which is made at once. */
export function createTokenSigner(keyId = 'key-1'): TokenSigner {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return createSigner({ ...pair, algorithm: 'ES256', keyId, options: { dsaEncoding: 'ieee-p1363' } });
}

/** A new key of RS256, which is all that most providers sign with. */
export function createRsaSigner(keyId = 'key-1'): TokenSigner {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return createSigner({ ...pair, algorithm: 'RS256', keyId, options: {} });
}

function createSigner({ algorithm, keyId, publicKey, privateKey, options }: SignerForm): TokenSigner {
  const about = { kid: keyId, use: 'sig', alg: algorithm };
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...about },
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...about },
    sign(claims, header = {}) {
      const signed = `${part({ alg: algorithm, typ: 'at+jwt', kid: keyId, ...header })}.${part(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, ...options }).toString('base64url')}`;
    },
  };
}
