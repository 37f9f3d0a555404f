import type { StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { AuditTrail } from '../audit-trail.js';
import { ConfigurationError } from '../configuration-error.js';
import type { AuthorizationServerPorts, SigningOptions } from '../options.js';
import { makeSigningKey } from './make-signing-key.js';

/** The ports that are needed to make a key and keep it. */
export interface KeyPorts extends Pick<AuthorizationServerPorts, 'platform' | 'clock' | 'keyService'> {
  readonly storage: Pick<AuthorizationServerPorts['storage'], 'signingKeys' | 'clock'>;
}

/**
 * The keys of a tenant, at least one: the very first is made here and signs at once, since nobody can hold an older JWK
 * Set. Of two processes that start at once on one store, one key wins and both use it.
 */
export async function listKeysOrMakeFirst(
  ports: KeyPorts,
  trail: AuditTrail,
  tenantId: TenantId,
  { algorithm }: Pick<SigningOptions, 'algorithm'>,
): Promise<readonly [StoredSigningKey, ...StoredSigningKey[]]> {
  const store = ports.storage.signingKeys;
  let [first, ...others] = await store.list(tenantId);
  if (first === undefined) {
    const made = await makeSigningKey(ports.keyService, tenantId, algorithm);
    const now = ports.platform.clock.nowEpochSeconds();
    const key = { ...made, createdAtEpochSeconds: now, signsFromEpochSeconds: now };
    const event = trail.event(undefined, 'signing_key.created', 'allowed', { keyId: key.keyId });
    if ((await store.addFirst(key, event)) === 'added') trail.record(event);
    [first, ...others] = await store.list(tenantId);
  }
  if (first === undefined) throw new ConfigurationError('storage: a signing key was stored but cannot be read back');
  return [first, ...others];
}
