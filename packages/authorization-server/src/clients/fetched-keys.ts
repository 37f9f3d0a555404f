import type { Clock, UntrustedFetch } from '@portcullis/ports';
import {
  type EpochSeconds,
  fail,
  keepPublicSigningKeys,
  type PublicSigningKey,
  parseStrictJson,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { RecentMap } from './recent-map.js';

/** What one set may cost. */
const LIMITS = { maxBytes: 64 * 1024, timeoutMilliseconds: 5000 };

/** Shortest time between two tries at one address, whatever is asked for: anybody can name a client and a key. */
const COOLDOWN_SECONDS = 30;

/** Age at which a set is asked for again, so that a key that was taken back stops counting. */
const MAX_AGE_SECONDS = 600;

/** How long the last good set counts while its address does not answer. */
const LAST_GOOD_SECONDS = 86_400;

/** Sets that are kept at a time, those beside that are just being loaded. */
const MAX_SETS = 500;

/** A JWK Set is an object with a list of flat objects in it. */
const MAX_JSON_DEPTH = 8;

/** What is known of one address. */
interface KeptSet {
  /** Undefined until the first good answer. */
  keys: readonly PublicSigningKey[] | undefined;
  loadedAtEpochSeconds: EpochSeconds;
  triedAtEpochSeconds: EpochSeconds;
  /** Why the last try failed. */
  failure: string;
  loading: Promise<void> | undefined;
}

/** Public keys of clients, at the addresses that the clients name. */
export interface FetchedKeys {
  /**
   * The keys at `jwksUri`, asked for again where `isWanted` holds for none of those that are kept.
   *
   * Failure: a word for the trail on why there are none. It must not reach the client: the difference between "refused",
   * "closed" and "slow" is a port scanner.
   */
  find(
    jwksUri: string,
    isWanted: (key: PublicSigningKey) => boolean,
  ): Promise<Result<readonly PublicSigningKey[], string>>;
}

/**
 * A small cache in front of `untrustedFetch`. One fetch at a time and address serves all who wait for it, and the next
 * comes 30 s later at the earliest. A set is asked for again after 10 minutes, and when it lacks the wanted key. While
 * the address fails the last good set counts, for a day at most; a good answer counts at once, also one without keys.
 *
 * The media type of an answer is not looked at: sets are served as text by many hosts, and nothing but a JWK Set passes.
 */
export function createFetchedKeys(untrustedFetch: UntrustedFetch, clock: Clock): FetchedKeys {
  // A set that went while it is loaded would be loaded a second time at once. Loads end within their time.
  const sets = new RecentMap<KeptSet>(MAX_SETS, ({ loading }) => loading !== undefined);
  /** Without a sign, so that a clock set back does not put off a fetch until it has caught up. */
  const ageOf = (moment: EpochSeconds): number => Math.abs(clock.nowEpochSeconds() - moment);

  async function load(jwksUri: string, set: KeptSet): Promise<void> {
    set.triedAtEpochSeconds = clock.nowEpochSeconds();
    const fetched = await fetchKeys(untrustedFetch, jwksUri);
    if (fetched.ok) {
      set.keys = fetched.value;
      set.loadedAtEpochSeconds = clock.nowEpochSeconds();
    } else {
      set.failure = fetched.failure;
    }
    set.loading = undefined;
  }

  return {
    async find(jwksUri, isWanted) {
      const set = sets.recall(jwksUri, emptySet);
      const isGoodEnough = ageOf(set.loadedAtEpochSeconds) < MAX_AGE_SECONDS && set.keys?.some(isWanted) === true;
      if (!isGoodEnough && (set.loading !== undefined || ageOf(set.triedAtEpochSeconds) >= COOLDOWN_SECONDS)) {
        set.loading ??= load(jwksUri, set);
        await set.loading;
      }
      const { keys, loadedAtEpochSeconds, failure } = set;
      return keys === undefined || ageOf(loadedAtEpochSeconds) >= LAST_GOOD_SECONDS ? fail(failure) : succeed(keys);
    },
  };
}

function emptySet(): KeptSet {
  return {
    keys: undefined,
    loadedAtEpochSeconds: Number.NEGATIVE_INFINITY,
    triedAtEpochSeconds: Number.NEGATIVE_INFINITY,
    failure: '',
    loading: undefined,
  };
}

/** Never throws, whatever the host's `untrustedFetch` does: whoever waits for the set has to get an answer. */
async function fetchKeys(
  untrustedFetch: UntrustedFetch,
  jwksUri: string,
): Promise<Result<readonly PublicSigningKey[], string>> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  try {
    const answer = await untrustedFetch({ url: jwksUri, headers, ...LIMITS });
    if (!answer.ok) return answer;
    if (answer.value.status !== 200) return fail(`status_${answer.value.status}`);
    const json = parseStrictJson(answer.value.body, { maxDepth: MAX_JSON_DEPTH });
    const keys = json.ok ? keepPublicSigningKeys(json.value.value) : undefined;
    return keys === undefined ? fail('no_jwk_set') : succeed(keys);
  } catch {
    return fail('fetch_broke');
  }
}
