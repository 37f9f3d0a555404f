// The keys that sign, for whoever manages them without running a server: apart from the main entry, which has them too.
export {
  createKeyManagement,
  type KeyManagement,
  type KeyManagementOptions,
  type KeyManagementPorts,
  type RotationOptions,
  type RotationOutcome,
  type SigningKeyRecord,
} from './keys/key-management.js';
export type { SigningKeyState } from './keys/key-timeline.js';
export { createSealedKeyService } from './keys/sealed-key-service.js';
export type { VerificationKey } from './keys/signing-keys.js';
export { WrongMasterKeyError } from './keys/wrong-master-key-error.js';
