import { type CryptoKeyPair, DPoP, type DPoPHandle } from 'oauth4webapi';

/** A key that tokens are bound to (RFC 9449), with the proofs it makes and the nonces it was told. */
export interface DpopKey {
  /** Makes the proofs. Remembers the nonces of each origin. */
  readonly handle: DPoPHandle;
  /** The private key as a JWK in JSON, for the store. */
  readonly privateJwk: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** A fresh ES256 key. */
export async function createDpopKey(): Promise<DpopKey> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return { handle: handleOf(pair), privateJwk: JSON.stringify(await crypto.subtle.exportKey('jwk', pair.privateKey)) };
}

/** The key of a record; undefined where it is none. */
export async function openDpopKey(privateJwk: string): Promise<DpopKey | undefined> {
  try {
    const jwk = JSON.parse(privateJwk) as JsonWebKey;
    const { d: _private, key_ops: _operations, ...publicJwk } = jwk;
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['sign']),
      crypto.subtle.importKey('jwk', publicJwk, ALGORITHM, true, ['verify']),
    ]);
    return { handle: handleOf({ privateKey, publicKey }), privateJwk };
  } catch {
    return undefined;
  }
}

function handleOf(pair: CryptoKeyPair): DPoPHandle {
  return DPoP({}, pair);
}
