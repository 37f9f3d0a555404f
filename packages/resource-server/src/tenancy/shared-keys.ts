import { createBoundedFetch } from '@portcullis/ports';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { createRemoteKeys } from '../keys/remote-keys.js';
import type { VerificationKeys } from '../keys/verification-keys.js';
import type { ResourceSettings } from '../resource/settings.js';
import type { TenantIssuer } from './tenant-binding.js';

/**
 * The keys of the issuers that all tenants share, once for each issuer: a thousand tenants are no thousand fetches of one
 * JWK Set, and a storm of unknown keys is one storm. Undefined for a tenant's own issuer, which keeps keys of its own.
 *
 * @throws {TypeError} where an issuer's `jwksUri` is not https
 */
export function createSharedKeys(
  issuers: readonly TenantIssuer[],
  { audit, fetch, platform }: Pick<ResourceSettings, 'audit' | 'fetch' | 'platform'>,
): (issuer: TrustedIssuer) => VerificationKeys | undefined {
  const bounded = createBoundedFetch(fetch);
  const keys = new Map<string, VerificationKeys>();
  for (const choice of issuers) {
    if (typeof choice === 'string' || 'verifier' in choice || choice.verification.method !== 'signature') continue;
    const { issuer, rules, verification } = choice;
    const { jwksUri } = verification;
    const options = { issuer, rules, fetch: bounded, clock: platform.clock, audit };
    keys.set(issuer, createRemoteKeys(jwksUri === undefined ? options : { ...options, jwksUri }));
  }
  // By name: a resource has no two issuers of one name, so none of a tenant's own can be meant.
  return ({ issuer }) => keys.get(issuer);
}
