import { createPrivateKey, type JsonWebKey as NodeJsonWebKey, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { ImportSigner } from '../key-service.js';
import { joinSignature } from './joined-signature.js';

const signOnAThread = promisify(sign);

/**
 * Signs with `node:crypto`. An ES256 signature is made at once, since a trip to the thread pool and back, which WebCrypto
 * always takes, costs more than the signature; an RS256 one, ten times dearer, does not hold up the event loop.
 */
export const importNodeSigner: ImportSigner = async (privateJwk, algorithm) => {
  const key = createPrivateKey({ key: privateJwk as NodeJsonWebKey, format: 'jwk' });
  if (algorithm === 'ES256') {
    return { sign: async (data) => joinSignature(sign('sha256', data, key)) };
  }
  return { sign: (data) => signOnAThread('sha256', data, key) };
};
