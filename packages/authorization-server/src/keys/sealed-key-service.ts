import { type ImportSigner, type KeyService, KeyUnavailableError, type Sealer } from '@portcullis/ports';
import { KEY_PARAMETERS, SIGNATURE_PARAMETERS } from './key-algorithms.js';
import { keepPublicMembers } from './public-jwk.js';

/**
 * Keys of this process: the reference is the private JWK, sealed for its purpose.
 *
 * @param importSigner - what signs with an opened key. @defaultValue WebCrypto, whose keys cannot be exported again
 */
export function createSealedKeyService(sealer: Sealer, importSigner: ImportSigner = importWebCryptoSigner): KeyService {
  return {
    async make(algorithm, purpose) {
      const pair = await crypto.subtle.generateKey(KEY_PARAMETERS[algorithm], true, ['sign', 'verify']);
      const publicJwk = keepPublicMembers(await crypto.subtle.exportKey('jwk', pair.publicKey), algorithm);
      const privateJwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
      return { publicJwk, keyReference: await sealer.seal(JSON.stringify(privateJwk), purpose) };
    },
    async open(keyReference, algorithm, purpose) {
      const privateJwk = await sealer.open(keyReference, purpose);
      if (privateJwk === undefined) throw new KeyUnavailableError('The stored key does not open');
      return importSigner(JSON.parse(privateJwk) as JsonWebKey, algorithm);
    },
  };
}

const importWebCryptoSigner: ImportSigner = async (privateJwk, algorithm) => {
  const key = await crypto.subtle.importKey('jwk', privateJwk, KEY_PARAMETERS[algorithm], false, ['sign']);
  return { sign: async (data) => new Uint8Array(await crypto.subtle.sign(SIGNATURE_PARAMETERS[algorithm], key, data)) };
};
