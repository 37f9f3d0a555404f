import type { AuditSink, BoundedFetch, Clock } from '@portcullis/ports';
import { DEFAULT_TENANT, type Issuer, parseEndpointUrl, type TenantId } from '@portcullis/protocol';
import { fetchJsonObject } from '../issuers/fetch-json.js';
import { createIssuerMetadataSource } from '../issuers/issuer-metadata.js';
import type { TokenRules } from '../issuers/trusted-issuer.js';
import { importKeySet } from './json-web-keys.js';
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
  /** Hears of storms of unknown key ids. @defaultValue nobody does */
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

  async function load(): Promise<readonly VerificationKey[]> {
    const wasEmptyBefore = wasEmpty;
    wasEmpty = false;
    const url = jwksUri ?? (await metadata.get())?.jwksUri;
    const set = url === undefined ? undefined : await fetchJsonObject(fetch, url, MAX_JWK_SET_BYTES);
    const keys = set === undefined ? undefined : await importKeySet(set, issuer, rules, known);
    wasEmpty = keys?.length === 0;
    if (keys === undefined || (wasEmpty && !wasEmptyBefore)) {
      metadata.forget();
      throw new Error(`No keys of ${issuer} could be loaded`);
    }
    known = keys;
    return keys;
  }

  return createVerificationKeys({
    ...options,
    load,
    ...(audit === undefined ? {} : { onStorm: () => recordUnknownKeyStorm({ audit, clock, tenantId, issuer }) }),
  });
}
