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
import type { LimitReached } from '../rate-limits.js';
import { RecentMap } from './recent-map.js';

/** What one set may cost. */
const TIMEOUT_SECONDS = 5;
const LIMITS = { maxBytes: 64 * 1024, timeoutMilliseconds: TIMEOUT_SECONDS * 1000 };

/** Shortest time between two tries at one address, whatever is asked for: anybody can name a client and a key. */
const COOLDOWN_SECONDS = 30;

/** Age at which a set is asked for again, so that a key that was taken back stops counting. */
const MAX_AGE_SECONDS = 600;

/** How long the last good set counts while its address does not answer. */
const LAST_GOOD_SECONDS = 86_400;

/** Sets that are kept at a time, those beside that are just being loaded. */
const MAX_SETS = 500;

/** Every fetch that may run at once is under way. Each ends within its time. */
const ALL_UNDER_WAY: LimitReached = {
  reason: 'rate_limited',
  rule: 'client_keys_at_once',
  retryAfterSeconds: TIMEOUT_SECONDS,
};

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
  /** Yields the limit that forbade it. */
  loading: Promise<LimitReached | undefined> | undefined;
}

/** Public keys of clients, at the addresses that the clients name. */
export interface FetchedKeys {
  /**
   * The keys at `jwksUri`, asked for again where `isWanted` holds for none of those that are kept.
   *
   * Failure: a word for the trail on why there are none. It must not reach the client: the difference between "refused",
   * "closed" and "slow" is a port scanner. Or the limit that forbade to ask: what is kept does not count then, since
   * whoever uses up a limit could otherwise put off that a key which was taken back stops counting.
   *
   * @param admit - counts a fetch that is about to begin, and forbids it. Not called for one that is under way
   */
  find(
    jwksUri: string,
    isWanted: (key: PublicSigningKey) => boolean,
    admit?: () => Promise<LimitReached | undefined>,
  ): Promise<Result<readonly PublicSigningKey[], string | LimitReached>>;
}

/**
 * A small cache in front of `untrustedFetch`. One fetch at a time and address serves all who wait for it, and the next
 * comes 30 s later at the earliest. A set is asked for again after 10 minutes, and when it lacks the wanted key. While
 * the address fails the last good set counts, for a day at most; a good answer counts at once, also one without keys.
 *
 * The media type of an answer is not looked at: sets are served as text by many hosts, and nothing but a JWK Set passes.
 *
 * @param maxAtOnce - fetches under way at a time; one more is forbidden. @defaultValue as many as `untrustedFetch` lets run
 */
export function createFetchedKeys(
  untrustedFetch: UntrustedFetch,
  clock: Clock,
  maxAtOnce = Number.POSITIVE_INFINITY,
): FetchedKeys {
  let underWay = 0;
  // A set that went while it is loaded would be loaded a second time at once. Loads end within their time.
  const sets = new RecentMap<KeptSet>(MAX_SETS, ({ loading }) => loading !== undefined);
  /** Without a sign, so that a clock set back does not put off a fetch until it has caught up. */
  const ageOf = (moment: EpochSeconds): number => Math.abs(clock.nowEpochSeconds() - moment);

  async function load(
    jwksUri: string,
    set: KeptSet,
    admit: () => Promise<LimitReached | undefined>,
  ): Promise<LimitReached | undefined> {
    underWay += 1;
    try {
      const limit = await admit();
      if (limit !== undefined) return limit;
      set.triedAtEpochSeconds = clock.nowEpochSeconds();
      const fetched = await fetchKeys(untrustedFetch, jwksUri);
      if (fetched.ok) {
        set.keys = fetched.value;
        set.loadedAtEpochSeconds = clock.nowEpochSeconds();
      } else {
        set.failure = fetched.failure;
      }
      return undefined;
    } finally {
      underWay -= 1;
      set.loading = undefined;
    }
  }

  /** Asks for the set, or waits for one who does; neither where it was asked for just now. */
  async function renew(
    jwksUri: string,
    set: KeptSet,
    admit: () => Promise<LimitReached | undefined>,
  ): Promise<LimitReached | undefined> {
    // Whoever began may have been over a limit that is not the one of this request.
    for (let running = set.loading; running !== undefined; running = set.loading) {
      if ((await running) === undefined) return undefined;
    }
    if (ageOf(set.triedAtEpochSeconds) < COOLDOWN_SECONDS) return undefined;
    if (underWay >= maxAtOnce) return ALL_UNDER_WAY;
    set.loading = load(jwksUri, set, admit);
    return set.loading;
  }

  return {
    async find(jwksUri, isWanted, admit = async () => undefined) {
      const set = sets.recall(jwksUri, emptySet);
      const isGoodEnough = ageOf(set.loadedAtEpochSeconds) < MAX_AGE_SECONDS && set.keys?.some(isWanted) === true;
      const limit = isGoodEnough ? undefined : await renew(jwksUri, set, admit);
      if (limit !== undefined) return fail(limit);
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
