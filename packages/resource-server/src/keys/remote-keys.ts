import type { AuditSink, BoundedFetch, Clock } from '@portcullis/ports';
import {
  DEFAULT_TENANT,
  fail,
  type Issuer,
  parseEndpointUrl,
  type Result,
  succeed,
  type TenantId,
} from '@portcullis/protocol';
import { fetchJsonObject } from '../issuers/fetch-json.js';
import type { IssuerFault } from '../issuers/issuer-fault.js';
import { createIssuerMetadataSource } from '../issuers/issuer-metadata.js';
import type { TokenRules } from '../issuers/trusted-issuer.js';
import { importKeySet } from './json-web-keys.js';
import { recordKeysUnavailable } from './keys-unavailable.js';
import { recordUnknownKeyStorm } from './unknown-key-storm.js';
import {
  createVerificationKeys,
  type VerificationKey,
  type VerificationKeys,
  type VerificationKeysOptions,
} from './verification-keys.js';

/** Bytes of a JWK Set that are read. */
export const MAX_JWK_SET_BYTES = 256 * 1024;

/** How {@link createRemoteKeys} loads. */
export interface RemoteKeysOptions
  extends Pick<VerificationKeysOptions, 'cooldownSeconds' | 'maxAgeSeconds' | 'lastGoodSeconds' | 'stormBound'> {
  readonly issuer: Issuer;
  readonly rules: Pick<TokenRules, 'acceptsKey' | 'algorithms'>;
  /** Where the keys are, at whatever origin. @defaultValue what the issuer's metadata say, at the issuer's origin only */
  readonly jwksUri?: string;
  readonly fetch: BoundedFetch;
  readonly clock: Clock;
  /** Hears of storms of unknown key ids, and of each load that failed, with the reason. @defaultValue nobody does */
  readonly audit?: AuditSink;
  /** The tenant of those events. @defaultValue `default` */
  readonly tenantId?: TenantId;
}

/**
 * The keys of an issuer, from its JWK Set: {@link createVerificationKeys} over {@link createIssuerMetadataSource} and a fetch
 * of at most 256 KiB and 10 seconds, JSON only, without redirects.
 *
 * What is no JWK Set is a failed load: the last good set stays. One without a usable key counts when it is said twice in a
 * row, at least a cooldown apart. Servers serve empty sets while they start, and then the last good one is right; an issuer
 * that took its keys back says so again, still well within the age a set may have.
 *
 * @throws {TypeError} when the issuer or `jwksUri` is not an https URL (or http at a loopback host)
 */
export function createRemoteKeys(options: RemoteKeysOptions): VerificationKeys {
  const { issuer, rules, fetch, clock, audit, jwksUri, tenantId = DEFAULT_TENANT } = options;
  if (jwksUri !== undefined && !parseEndpointUrl(jwksUri).ok) {
    throw new TypeError(`${JSON.stringify(jwksUri)} is no address that keys are fetched from: it has to be https`);
  }
  const metadata = createIssuerMetadataSource({ issuer, fetch, clock });
  let known: readonly VerificationKey[] = [];
  let wasEmpty = false;

  async function locate(): Promise<Result<string, IssuerFault>> {
    if (jwksUri !== undefined) return succeed(jwksUri);
    const found = await metadata.get();
    return found.ok ? found.value.jwksUri : found;
  }

  async function fetchKeys(): Promise<Result<readonly VerificationKey[], IssuerFault>> {
    const url = await locate();
    if (!url.ok) return url;
    const set = await fetchJsonObject(fetch, url.value, MAX_JWK_SET_BYTES);
    if (!set.ok) return set;
    const keys = await importKeySet(set.value, issuer, rules, known);
    if (keys === undefined) return fail({ reason: 'no_key_set', url: url.value });
    // Empty counts when it was so the last time as well.
    return keys.length === 0 && !wasEmpty ? fail({ reason: 'no_usable_key', url: url.value }) : succeed(keys);
  }

  async function load(): Promise<readonly VerificationKey[]> {
    const keys = await fetchKeys();
    wasEmpty = keys.ok ? keys.value.length === 0 : keys.failure.reason === 'no_usable_key';
    if (!keys.ok) {
      metadata.forget();
      if (audit !== undefined) recordKeysUnavailable({ audit, clock, tenantId, issuer }, keys.failure);
      throw new Error(`No keys of ${issuer} could be loaded: ${keys.failure.reason}`);
    }
    known = keys.value;
    return known;
  }

  return createVerificationKeys({
    ...options,
    load,
    ...(audit === undefined ? {} : { onStorm: () => recordUnknownKeyStorm({ audit, clock, tenantId, issuer }) }),
  });
}
