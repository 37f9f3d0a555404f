import { KeyUnavailableError, type Signer, type SigningAlgorithm, type StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import type { AuditTrail } from '../audit-trail.js';
import { ConfigurationError } from '../configuration-error.js';
import type { AuthorizationServerPorts } from '../options.js';

const ALGORITHM = 'ES256';

/** A public key that access tokens can be verified with. */
export interface VerificationKey {
  /** `kid` */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: CryptoKey;
}

/** The keys of this issuer. The private one never leaves this room. */
export interface SigningKeys {
  readonly current: { readonly keyId: string; readonly signer: Signer };
  /** Every key whose tokens are to be accepted, as it stands in the store now. */
  verificationKeys(): Promise<readonly VerificationKey[]>;
  /** The same as a JWK Set (RFC 7517 §5). */
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
}

/**
 * Loads the signing keys of a tenant, or makes the first. Of two servers that start at once on one store, one key
 * wins and both use it.
 *
 * @throws {ConfigurationError} when the stored key was sealed under another master key
 */
export async function loadSigningKeys(
  ports: Pick<AuthorizationServerPorts, 'platform' | 'storage' | 'keyService'>,
  trail: AuditTrail,
  tenantId: TenantId,
): Promise<SigningKeys> {
  const store = ports.storage.signingKeys;
  let stored = await store.list(tenantId);
  if (stored.length === 0) {
    const key = await createSigningKey(ports, tenantId);
    const event = trail.event(undefined, 'signing_key.created', 'allowed', { keyId: key.keyId });
    if ((await store.addFirst(key, event)) === 'added') trail.record(event);
    stored = await store.list(tenantId);
  }
  const newest = stored.at(-1);
  if (newest === undefined) throw new ConfigurationError('storage: a signing key was stored but cannot be read back');
  const signer = await openSigner(ports, newest);

  return {
    current: { keyId: newest.keyId, signer },
    verificationKeys: async () =>
      Promise.all(
        (await store.list(tenantId)).map(async (key) => ({
          keyId: key.keyId,
          algorithm: key.algorithm,
          publicKey: await importKey(JSON.parse(key.publicJwk) as JWK),
        })),
      ),
    jwks: async () => ({ keys: (await store.list(tenantId)).map((key) => JSON.parse(key.publicJwk) as JWK) }),
  };
}

async function createSigningKey(
  ports: Pick<AuthorizationServerPorts, 'platform' | 'keyService'>,
  tenantId: TenantId,
): Promise<StoredSigningKey> {
  const { publicJwk, keyReference } = await ports.keyService.make(ALGORITHM, keyPurpose(tenantId));
  const keyId = await calculateJwkThumbprint(publicJwk as JWK);
  const now = ports.platform.clock.nowEpochSeconds();
  return {
    tenantId,
    keyId,
    algorithm: ALGORITHM,
    publicJwk: JSON.stringify({ ...publicJwk, kid: keyId, alg: ALGORITHM, use: 'sig' }),
    keyReference,
    createdAtEpochSeconds: now,
    signsFromEpochSeconds: now,
    verifiesUntilEpochSeconds: undefined,
  };
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new ConfigurationError('storage: a signing key is not of the expected kind');
  return key;
}

async function openSigner(ports: Pick<AuthorizationServerPorts, 'keyService'>, key: StoredSigningKey): Promise<Signer> {
  try {
    return await ports.keyService.open(key.keyReference, key.algorithm, keyPurpose(key.tenantId));
  } catch (error) {
    if (!(error instanceof KeyUnavailableError)) throw error;
    throw new ConfigurationError('master key: it does not open the stored signing key; was it replaced?');
  }
}

function keyPurpose(tenantId: TenantId): string {
  return `access-token-signing:${tenantId}`;
}
