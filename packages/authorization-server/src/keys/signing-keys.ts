import type { StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { AuditTrail } from '../audit-trail.js';
import { ConfigurationError } from '../configuration-error.js';
import type { AuthorizationServerPorts } from '../options.js';

const ALGORITHM = 'ES256';

/** A public key that access tokens can be verified with. */
export interface VerificationKey {
  /** `kid` */
  readonly keyId: string;
  readonly algorithm: 'ES256';
  readonly publicKey: CryptoKey;
}

/** The keys of this issuer. The private one never leaves this room. */
export interface SigningKeys {
  readonly current: { readonly keyId: string; readonly privateKey: CryptoKey };
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
  ports: Pick<AuthorizationServerPorts, 'platform' | 'storage' | 'keySealer'>,
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
  const privateJwk = await ports.keySealer.open(newest.sealedPrivateJwk, sealingContext(tenantId, newest.keyId));
  if (privateJwk === undefined) {
    throw new ConfigurationError('master key: it does not open the stored signing key; was it replaced?');
  }
  const privateKey = await importKey(JSON.parse(privateJwk) as JWK);

  return {
    current: { keyId: newest.keyId, privateKey },
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
  ports: Pick<AuthorizationServerPorts, 'platform' | 'keySealer'>,
  tenantId: TenantId,
): Promise<StoredSigningKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const keyId = await calculateJwkThumbprint(publicJwk);
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey));
  return {
    tenantId,
    keyId,
    algorithm: ALGORITHM,
    publicJwk: JSON.stringify({ ...publicJwk, kid: keyId, alg: ALGORITHM, use: 'sig' }),
    sealedPrivateJwk: await ports.keySealer.seal(privateJwk, sealingContext(tenantId, keyId)),
    createdAtEpochSeconds: ports.platform.clock.nowEpochSeconds(),
  };
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new ConfigurationError('storage: a signing key is not of the expected kind');
  return key;
}

function sealingContext(tenantId: TenantId, keyId: string): string {
  return `signing-key:${tenantId}:${keyId}`;
}
