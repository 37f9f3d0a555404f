import type { BoundedFetch } from '@portcullis/ports';
import {
  type EpochSeconds,
  fail,
  keepPublicSigningKeys,
  type PublicSigningKey,
  parseStrictJson,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { WantedKey } from '../clients/client-keys.js';
import { createKeySetCache, type KeySetTimes, type KeysOutage, readKeySet } from '../clients/key-set-cache.js';
import type { AssertionIssuer, AuthorizationServerPorts } from '../options.js';
import type { Settings } from '../settings.js';
import { findJwksUri } from './issuer-metadata.js';

/** What one set may cost. */
const TIMEOUT_SECONDS = 5;
const LIMITS = { maxBytes: 256 * 1024, timeoutMilliseconds: TIMEOUT_SECONDS * 1000 };

/**
 * A key that an issuer took back is refused 5 s later: one who signs for everybody has to be able to. The price is a fetch
 * every 5 s for an issuer that is in use, by one process for all who wait. During an outage the last good set counts for
 * ten minutes, and no longer: whoever keeps an issuer from being reached must not keep a stolen key alive.
 */
const TIMES: KeySetTimes = { cooldownSeconds: 5, maxAgeSeconds: 5, lastGoodSeconds: 600 };

/** How long it is gone by where an issuer has its keys: a `jwks_uri` that moved while the old address still answers is followed ten
 * minutes later, and what is taken back at the new one alone counts until then. What the keys are is asked for more often. */
const METADATA_MAX_AGE_SECONDS = 600;

/** Most keys that one signature is tried with: without a `kid` the fifth one of an algorithm is never reached. */
const MAX_CANDIDATES = 4;

/** The public keys of assertion issuers, wherever they are. */
export interface IssuerKeys {
  /**
   * Keys of `issuer` that could have made the signature: of the algorithm, and of the key id where one is named. None is an
   * empty list, and four the most. Never those of another issuer, whatever an assertion says.
   *
   * @returns failure: that they are not known now, so that nothing which they made can be judged
   */
  find(issuer: AssertionIssuer, wanted: WantedKey): Promise<Result<readonly PublicSigningKey[], KeysOutage>>;
}

/** Keys from `jwks`, or by `configuredFetch` from `jwksUri` or from where the metadata of the issuer say. */
export function createIssuerKeys(
  { configuredFetch, platform: { clock } }: Pick<AuthorizationServerPorts, 'configuredFetch' | 'platform'>,
  { assertionIssuers }: Pick<Settings, 'assertionIssuers'>,
): IssuerKeys {
  const issuers = new Map(assertionIssuers.map((issuer) => [issuer.issuer, issuer]));
  const inlineSets = new Map(
    assertionIssuers.flatMap(({ issuer, jwks }) => (jwks === undefined ? [] : [[issuer, parseInline(jwks)]])),
  );
  const locations = new Map<string, { readonly jwksUri: string; readonly foundAtEpochSeconds: EpochSeconds }>();

  async function locate(fetch: BoundedFetch, { issuer, jwksUri }: AssertionIssuer): Promise<Result<string, string>> {
    if (jwksUri !== undefined) return succeed(jwksUri);
    const now = clock.nowEpochSeconds();
    const known = locations.get(issuer);
    if (known !== undefined && Math.abs(now - known.foundAtEpochSeconds) < METADATA_MAX_AGE_SECONDS) {
      return succeed(known.jwksUri);
    }
    const found = await findJwksUri(fetch, issuer);
    if (found.ok) locations.set(issuer, { jwksUri: found.value, foundAtEpochSeconds: now });
    return found;
  }

  async function load(name: string): Promise<Result<readonly PublicSigningKey[], string>> {
    const issuer = issuers.get(name);
    if (issuer === undefined || configuredFetch === undefined) return fail('no_configured_fetch');
    const location = await locate(configuredFetch, issuer);
    if (!location.ok) return location;
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const answer = await configuredFetch({ url: location.value, method: 'GET', headers, ...LIMITS });
    const keys = answer.ok ? readKeySet(answer.value) : answer;
    // They may have moved: the next try asks the metadata.
    if (!keys.ok) locations.delete(name);
    return keys;
  }

  const fetchedSets = createKeySetCache({
    load,
    clock,
    times: TIMES,
    maxSets: issuers.size,
    allUnderWay: { reason: 'rate_limited', rule: 'assertion_issuer_keys_at_once', retryAfterSeconds: TIMEOUT_SECONDS },
  });

  return {
    async find({ issuer }, { algorithm, keyId }) {
      const isWanted = (key: PublicSigningKey): boolean =>
        key.algorithms.includes(algorithm) && (keyId === undefined || key.keyId === keyId);
      const inline = inlineSets.get(issuer);
      const keys = inline === undefined ? await fetchedSets.find(issuer, isWanted) : succeed(inline);
      if (keys.ok) return succeed(keys.value.filter(isWanted).slice(0, MAX_CANDIDATES));
      const detail = typeof keys.failure === 'string' ? keys.failure : keys.failure.rule;
      return fail({ detail, retryAfterSeconds: TIMES.cooldownSeconds });
    },
  };
}

/** The settings had it checked. */
function parseInline(jwks: string): readonly PublicSigningKey[] {
  const json = parseStrictJson(jwks);
  return (json.ok ? keepPublicSigningKeys(json.value.value) : undefined) ?? [];
}
