import type { Client, RequestContext } from '@portcullis/ports';
import {
  type ClientAssertionAlgorithm,
  fail,
  keepPublicSigningKeys,
  type PublicSigningKey,
  parseStrictJson,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { AuthorizationServerPorts } from '../options.js';
import { type LimitReached, takePoint } from '../rate-limits.js';
import type { Settings } from '../settings.js';
import { DECOY_KEYS } from './decoy-keys.js';
import { CLIENT_KEY_TIMES, createFetchedKeys } from './fetched-keys.js';
import type { KeysOutage } from './key-set-cache.js';
import { RecentMap } from './recent-map.js';
import { isVouchedFor } from './vouched-for.js';

/** Most keys that one signature is tried with. Clients that name their keys need one. */
const MAX_CANDIDATES = 4;

/**
 * Fetches for clients nobody vouched for that may be under way at once: a quarter of the 128 places of the way out. The
 * client's word is not proven when they begin, and the documents by which new clients come have to get through.
 */
const MAX_FETCHES_FOR_STRANGERS = 32;

/** Inline sets that are kept parsed. */
const MAX_PARSED_SETS = 200;

/** The key that an assertion claims to be signed with. */
export interface WantedKey {
  readonly algorithm: ClientAssertionAlgorithm;
  /** Undefined where the assertion names none: the official SDK's never do. */
  readonly keyId: string | undefined;
}

/** Why the keys of a client are not known now. */
export type ClientKeysFailure =
  | {
      readonly reason: 'client_keys_unavailable';
      /** For the trail. */
      readonly detail: string;
    }
  | ({
      /** Those at the address of a client that the operator vouched for: an outage, and no failure of the client. */
      readonly reason: 'vouched_client_keys_unavailable';
    } & KeysOutage)
  | {
      readonly reason: 'rate_limited';
      /** It forbade to fetch them. */
      readonly limit: LimitReached;
    };

/** The public keys of clients, wherever they are kept. */
export interface ClientKeys {
  /**
   * Keys of `client` that could have made the signature: of the algorithm, and of the key id where one is named. None is
   * an empty list. At most four, which bounds what one request can cost. Without a client: keys of nobody, of the same kind.
   *
   * Where keys have to be fetched for a client nobody vouched for, the network of the request is counted. That a limit is
   * reached tells a stranger no more than the time of the fetch would: that this client has keys at an address.
   *
   * The same goes for an outage at a client that somebody vouched for. At one that nobody vouched for an outage is not told from a
   * wrong key: a stranger chose the address, and would have us say what there is.
   */
  find(
    client: Client | undefined,
    wanted: WantedKey,
    context: Pick<RequestContext, 'network'>,
  ): Promise<Result<readonly PublicSigningKey[], ClientKeysFailure>>;
}

/** Keys from `Client.jwks`, or by `untrustedFetch` from `Client.jwksUri`; without the port such a client has none. */
export function createClientKeys(
  ports: Pick<AuthorizationServerPorts, 'untrustedFetch' | 'platform' | 'rateLimiter'>,
  settings: Pick<Settings, 'tenantId' | 'rateLimits'>,
): ClientKeys {
  const { untrustedFetch, platform } = ports;
  const keepFetched = (maxAtOnce?: number) =>
    untrustedFetch && createFetchedKeys(untrustedFetch, platform.clock, maxAtOnce);
  // Anybody can be a client with an address. Theirs push out one another, and nothing of those somebody vouched for.
  const fetchedKeys = { vouchedFor: keepFetched(), strangers: keepFetched(MAX_FETCHES_FOR_STRANGERS) };
  const parsedSets = new RecentMap<readonly PublicSigningKey[]>(MAX_PARSED_SETS);

  async function keysOf(
    client: Client,
    isWanted: (key: PublicSigningKey) => boolean,
    { network }: Pick<RequestContext, 'network'>,
  ): Promise<Result<readonly PublicSigningKey[], ClientKeysFailure>> {
    const { jwks, jwksUri } = client;
    if (jwks !== undefined) return succeed(parsedSets.recall(jwks, () => parseInline(jwks)));
    const isTrusted = isVouchedFor(client);
    const fetched = isTrusted ? fetchedKeys.vouchedFor : fetchedKeys.strangers;
    if (jwksUri === undefined || fetched === undefined) {
      const detail = jwksUri === undefined ? 'no_keys' : 'no_untrusted_fetch';
      return fail({ reason: 'client_keys_unavailable', detail });
    }
    const admit = () => takePoint({ ports, settings }, settings.rateLimits.clientKeysPerNetwork, network);
    const keys = await fetched.find(jwksUri, isWanted, isTrusted ? undefined : admit);
    if (keys.ok) return keys;
    if (typeof keys.failure !== 'string') return fail({ reason: 'rate_limited', limit: keys.failure });
    const detail = keys.failure;
    if (!isTrusted) return fail({ reason: 'client_keys_unavailable', detail });
    const retryAfterSeconds = CLIENT_KEY_TIMES.cooldownSeconds;
    return fail({ reason: 'vouched_client_keys_unavailable', detail, retryAfterSeconds });
  }

  return {
    async find(client, { algorithm, keyId }, context) {
      const fits = (key: PublicSigningKey): boolean => key.algorithms.includes(algorithm);
      if (client === undefined) return succeed(DECOY_KEYS.filter(fits));
      const isWanted = (key: PublicSigningKey): boolean => fits(key) && (keyId === undefined || key.keyId === keyId);
      const keys = await keysOf(client, isWanted, context);
      return keys.ok ? succeed(keys.value.filter(isWanted).slice(0, MAX_CANDIDATES)) : keys;
    },
  };
}

/** Whoever stored the set had it checked; one that is none all the same has no keys. */
function parseInline(jwks: string): readonly PublicSigningKey[] {
  const json = parseStrictJson(jwks);
  return (json.ok ? keepPublicSigningKeys(json.value.value) : undefined) ?? [];
}
