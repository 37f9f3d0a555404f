import type { Client } from '@portcullis/ports';
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
import { DECOY_KEYS } from './decoy-keys.js';
import { createFetchedKeys } from './fetched-keys.js';
import { RecentMap } from './recent-map.js';
import { isVouchedFor } from './vouched-for.js';

/** Most keys that one signature is tried with. Clients that name their keys need one. */
const MAX_CANDIDATES = 4;

/** Inline sets that are kept parsed. */
const MAX_PARSED_SETS = 200;

/** The key that an assertion claims to be signed with. */
export interface WantedKey {
  readonly algorithm: ClientAssertionAlgorithm;
  /** Undefined where the assertion names none: the official SDK's never do. */
  readonly keyId: string | undefined;
}

/** Why the keys of a client are not known now. */
export interface ClientKeysFailure {
  readonly reason: 'client_keys_unavailable';
  /** For the trail. */
  readonly detail: string;
}

/** The public keys of clients, wherever they are kept. */
export interface ClientKeys {
  /**
   * Keys of `client` that could have made the signature: of the algorithm, and of the key id where one is named. None is
   * an empty list. At most four, which bounds what one request can cost. Without a client: keys of nobody, of the same kind.
   */
  find(client: Client | undefined, wanted: WantedKey): Promise<Result<readonly PublicSigningKey[], ClientKeysFailure>>;
}

/** Keys from `Client.jwks`, or by `untrustedFetch` from `Client.jwksUri`; without the port such a client has none. */
export function createClientKeys({
  untrustedFetch,
  platform,
}: Pick<AuthorizationServerPorts, 'untrustedFetch' | 'platform'>): ClientKeys {
  const keepFetched = () => untrustedFetch && createFetchedKeys(untrustedFetch, platform.clock);
  // Anybody can be a client with an address. Theirs push out one another, and nothing of those somebody vouched for.
  const fetchedKeys = { vouchedFor: keepFetched(), strangers: keepFetched() };
  const parsedSets = new RecentMap<readonly PublicSigningKey[]>(MAX_PARSED_SETS);

  async function keysOf(
    client: Client,
    isWanted: (key: PublicSigningKey) => boolean,
  ): Promise<Result<readonly PublicSigningKey[], string>> {
    const { jwks, jwksUri } = client;
    if (jwks !== undefined) return succeed(parsedSets.recall(jwks, () => parseInline(jwks)));
    if (jwksUri === undefined) return fail('no_keys');
    const kept = isVouchedFor(client) ? fetchedKeys.vouchedFor : fetchedKeys.strangers;
    return kept === undefined ? fail('no_untrusted_fetch') : kept.find(jwksUri, isWanted);
  }

  return {
    async find(client, { algorithm, keyId }) {
      const fits = (key: PublicSigningKey): boolean => key.algorithms.includes(algorithm);
      if (client === undefined) return succeed(DECOY_KEYS.filter(fits));
      const isWanted = (key: PublicSigningKey): boolean => fits(key) && (keyId === undefined || key.keyId === keyId);
      const keys = await keysOf(client, isWanted);
      return keys.ok
        ? succeed(keys.value.filter(isWanted).slice(0, MAX_CANDIDATES))
        : fail({ reason: 'client_keys_unavailable', detail: keys.failure });
    },
  };
}

/** Whoever stored the set had it checked; one that is none all the same has no keys. */
function parseInline(jwks: string): readonly PublicSigningKey[] {
  const json = parseStrictJson(jwks);
  return (json.ok ? keepPublicSigningKeys(json.value.value) : undefined) ?? [];
}
