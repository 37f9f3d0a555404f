import type { KeyService, SigningAlgorithm, StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { ConfigurationError } from '../configuration-error.js';
import { SIGNATURE_PARAMETERS } from './key-algorithms.js';
import { keyPurpose, openSigner } from './open-signer.js';
import { buildPublicJwk, importPublicJwk } from './public-jwk.js';

/** No signing input of a JWS: that is two base64url texts and a dot. */
const PROOF = new TextEncoder().encode('portcullis: proof of a new signing key');

/** A key that was made and proven, before it is decided from when it signs. */
export type ProvenKey = Pick<
  StoredSigningKey,
  'tenantId' | 'keyId' | 'algorithm' | 'publicJwk' | 'keyReference' | 'verifiesUntilEpochSeconds'
>;

/**
 * Makes a key and proves it: what it signs is verified by what will be published. A key service that hands over another
 * key, or signatures in another form, is found out here and not by every resource server. Stores nothing.
 *
 * @throws {ConfigurationError} when the proof fails
 */
export async function makeSigningKey(
  keyService: KeyService,
  tenantId: TenantId,
  algorithm: SigningAlgorithm,
): Promise<ProvenKey> {
  const { publicJwk: made, keyReference } = await keyService.make(algorithm, keyPurpose(tenantId));
  const { keyId, publicJwk } = await buildPublicJwk(made, algorithm);
  const key = { tenantId, keyId, algorithm, keyReference };
  const signer = await openSigner(keyService, key);
  const signature = new Uint8Array(await signer.sign(PROOF));
  const text = JSON.stringify(publicJwk);
  const publicKey = await importPublicJwk(text, algorithm);
  if (!(await crypto.subtle.verify(SIGNATURE_PARAMETERS[algorithm], publicKey, signature, PROOF))) {
    throw new ConfigurationError('key service: what its new key signs is not verified by the public key it gave');
  }
  return { ...key, publicJwk: text, verifiesUntilEpochSeconds: undefined };
}
