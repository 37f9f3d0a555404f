import { type KeyService, KeyUnavailableError } from '@portcullis/ports';
import { KEY_PARAMETERS, SIGNATURE_PARAMETERS } from '../keys/key-algorithms.js';

/** A key service in another place, as a test sees it. */
export interface RemoteKeyService extends KeyService {
  /** How often it was asked to sign, proofs of new keys included. */
  signed: number;
  /** Thrown by every call while it is set. */
  failure: Error | undefined;
  /** Runs before each signature: a test holds signatures back with it. */
  beforeSigning: () => Promise<void>;
}

/** Keeps its private keys to itself: a reference is a name, bound to a purpose, and nothing that opens by itself. */
export function createRemoteKeyService(): RemoteKeyService {
  const keys = new Map<string, { readonly purpose: string; readonly privateKey: CryptoKey }>();

  async function reach(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (remote.failure !== undefined) throw remote.failure;
  }

  const remote: RemoteKeyService = {
    signed: 0,
    failure: undefined,
    beforeSigning: async () => {},
    async make(algorithm, purpose) {
      await reach();
      const pair = await crypto.subtle.generateKey(KEY_PARAMETERS[algorithm], false, ['sign', 'verify']);
      const keyReference = `remote:signing-keys/${keys.size + 1}`;
      keys.set(keyReference, { purpose, privateKey: pair.privateKey });
      return { publicJwk: await crypto.subtle.exportKey('jwk', pair.publicKey), keyReference };
    },
    async open(keyReference, algorithm, purpose) {
      await reach();
      const key = keys.get(keyReference);
      if (key?.purpose !== purpose) throw new KeyUnavailableError('There is no such key');
      return {
        async sign(data) {
          remote.signed += 1;
          await remote.beforeSigning();
          await reach();
          return new Uint8Array(await crypto.subtle.sign(SIGNATURE_PARAMETERS[algorithm], key.privateKey, data));
        },
      };
    },
  };
  return remote;
}
