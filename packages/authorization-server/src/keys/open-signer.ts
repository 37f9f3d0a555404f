import { type KeyService, KeyUnavailableError, type Signer, type StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { WrongMasterKeyError } from './wrong-master-key-error.js';

/** What the keys of a tenant are made for: they open for nothing else, and for no other tenant. */
export function keyPurpose(tenantId: TenantId): string {
  return `access-token-signing:${tenantId}`;
}

/** What of a key is needed to open it. */
export type KeyToOpen = Pick<StoredSigningKey, 'tenantId' | 'keyId' | 'algorithm' | 'keyReference'>;

/** Opens a key. @throws {KeyUnavailableError} as {@link KeyService.open} does */
export async function openSigner(keyService: KeyService, key: KeyToOpen): Promise<Signer> {
  const { tenantId, keyId, keyReference, algorithm } = key;
  try {
    return await keyService.open(keyReference, algorithm, keyPurpose(tenantId));
  } catch (error) {
    if (!(error instanceof KeyUnavailableError)) throw error;
    // The first release sealed each key for its own id.
    return keyService.open(keyReference, algorithm, `signing-key:${tenantId}:${keyId}`);
  }
}

/**
 * Opens a key that has to open here before anything is built on it.
 *
 * @throws {WrongMasterKeyError} when its reference leads to no key
 */
export async function demandThatItOpens(keyService: KeyService, key: KeyToOpen): Promise<Signer> {
  try {
    return await openSigner(keyService, key);
  } catch (error) {
    if (!(error instanceof KeyUnavailableError)) throw error;
    throw new WrongMasterKeyError();
  }
}
