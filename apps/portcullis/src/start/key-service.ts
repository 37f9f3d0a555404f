import { createSealedKeyService } from '@portcullis/authorization-server/keys';
import { createSealer, type KeyService, type Random } from '@portcullis/ports';
import { importNodeSigner } from '@portcullis/ports/node';

/** The keys of this program: made here, and kept in the store sealed under a key that is derived from the master key for
 * this alone. The gate and the commands beside it have to agree on it. */
export function createKeyService(masterKey: Uint8Array<ArrayBuffer>, random: Random): KeyService {
  return createSealedKeyService(createSealer(masterKey, 'signing keys', random), importNodeSigner);
}
