import type { Clock } from '@portcullis/ports';
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

/** A JWK Set is an object with a list of flat objects in it. */
const MAX_JSON_DEPTH = 8;

/** When a set is asked for again, and how long it counts. */
export interface KeySetTimes {
  /** Shortest time between two tries for one set, whatever is asked for: anybody can name a key. */
  readonly cooldownSeconds: number;
  /** Age at which a set is asked for again, so that a key that was taken back stops counting. */
  readonly maxAgeSeconds: number;
  /** How long the last good set counts while there is no other to be had. */
  readonly lastGoodSeconds: number;
}

/** Keys of somebody else cannot be had now. Whatever they made is not judged by that. */
export interface KeysOutage {
  /** Why, in a word for the trail. */
  readonly detail: string;
  /** When they are asked for again at the earliest. */
  readonly retryAfterSeconds: number;
}

/** How a {@link KeySetCache} works. */
export interface KeySetCacheOptions {
  /** Loads the set of this name; its failure is a word for the trail. What it throws is a failure as well. */
  readonly load: (name: string) => Promise<Result<readonly PublicSigningKey[], string>>;
  readonly clock: Clock;
  readonly times: KeySetTimes;
  /** Sets that are kept at a time, those beside that are just being loaded. */
  readonly maxSets: number;
  /** Loads under way at a time. @defaultValue any number */
  readonly maxAtOnce?: number | undefined;
  /** The limit that forbids one more than that. */
  readonly allUnderWay: LimitReached;
}

/** Public keys of somebody else, that have to be fetched. */
export interface KeySetCache {
  /**
   * The keys of this name, asked for again where `isWanted` holds for none of those that are kept.
   *
   * Failure: a word for the trail on why there are none, or why it is not known whether there is one that is wanted. It
   * must not leave the house: the difference between "refused", "closed" and "slow" is a port scanner. Or the limit that forbade to ask: what is kept does not count then, since
   * whoever uses up a limit could otherwise put off that a key which was taken back stops counting.
   *
   * @param admit - counts a load that is about to begin, and forbids it. Not called for one that is under way
   */
  find(
    name: string,
    isWanted: (key: PublicSigningKey) => boolean,
    admit?: () => Promise<LimitReached | undefined>,
  ): Promise<Result<readonly PublicSigningKey[], string | LimitReached>>;
}

/** What is known of one set. */
interface KeptSet {
  /** Undefined until the first good answer. */
  keys: readonly PublicSigningKey[] | undefined;
  /** When the load began that brought the keys: they were the keys then, and maybe no longer when the last byte came. */
  loadedAtEpochSeconds: EpochSeconds;
  /** When the last load began, or ended where it failed: an address that hangs is not asked without a pause. */
  triedAtEpochSeconds: EpochSeconds;
  /** Why the last try failed; empty where it did not. */
  failure: string;
  /** Yields the limit that forbade it. */
  loading: Promise<LimitReached | undefined> | undefined;
}

/**
 * One load at a time and set serves all who wait for it, and the next comes after the cooldown at the earliest. A set is
 * asked for again when it is too old, and when it lacks the wanted key. While it cannot be had the last good one counts for
 * its time, as far as it has the wanted key; a good answer counts at once, also one without keys.
 */
export function createKeySetCache(options: KeySetCacheOptions): KeySetCache {
  const { clock, times, maxAtOnce = Number.POSITIVE_INFINITY } = options;
  let underWay = 0;
  // A set that went while it is loaded would be loaded a second time at once. Loads end within their time.
  const sets = new RecentMap<KeptSet>(options.maxSets, ({ loading }) => loading !== undefined);
  /** Without a sign, so that a clock set back does not put off a load until it has caught up. */
  const ageOf = (moment: EpochSeconds): number => Math.abs(clock.nowEpochSeconds() - moment);

  /** Never throws, whatever `load` does: whoever waits for the set has to get an answer. */
  async function loadSafely(name: string): Promise<Result<readonly PublicSigningKey[], string>> {
    try {
      return await options.load(name);
    } catch {
      return fail('fetch_broke');
    }
  }

  async function load(
    name: string,
    set: KeptSet,
    admit: () => Promise<LimitReached | undefined>,
  ): Promise<LimitReached | undefined> {
    underWay += 1;
    try {
      const limit = await admit();
      if (limit !== undefined) return limit;
      const beganAt = clock.nowEpochSeconds();
      const loaded = await loadSafely(name);
      if (loaded.ok) {
        set.keys = loaded.value;
        set.loadedAtEpochSeconds = beganAt;
        set.triedAtEpochSeconds = beganAt;
        set.failure = '';
      } else {
        set.failure = loaded.failure;
        set.triedAtEpochSeconds = clock.nowEpochSeconds();
      }
      return undefined;
    } finally {
      underWay -= 1;
      set.loading = undefined;
    }
  }

  /** Asks for the set, or waits for one who does; neither where it was asked for just now. */
  async function renew(
    name: string,
    set: KeptSet,
    admit: () => Promise<LimitReached | undefined>,
  ): Promise<LimitReached | undefined> {
    // Whoever began may have been over a limit that is not the one of this request.
    for (let running = set.loading; running !== undefined; running = set.loading) {
      if ((await running) === undefined) return undefined;
    }
    if (ageOf(set.triedAtEpochSeconds) < times.cooldownSeconds) return undefined;
    if (underWay >= maxAtOnce) return options.allUnderWay;
    set.loading = load(name, set, admit);
    return set.loading;
  }

  return {
    async find(name, isWanted, admit = async () => undefined) {
      const set = sets.recall(name, emptySet);
      const isGoodEnough = ageOf(set.loadedAtEpochSeconds) < times.maxAgeSeconds && set.keys?.some(isWanted) === true;
      const limit = isGoodEnough ? undefined : await renew(name, set, admit);
      if (limit !== undefined) return fail(limit);
      const { keys, loadedAtEpochSeconds, failure } = set;
      if (keys === undefined || ageOf(loadedAtEpochSeconds) >= times.lastGoodSeconds) return fail(failure);
      // A key that the last good set lacks may be one that was made since. Nobody can say.
      return failure === '' || keys.some(isWanted) ? succeed(keys) : fail(failure);
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

/**
 * The keys in an answer from where a JWK Set is served. The media type is not looked at: sets are served as text by many
 * hosts, and nothing but a JWK Set passes.
 */
export function readKeySet(answer: {
  readonly status: number;
  readonly body: Uint8Array;
}): Result<readonly PublicSigningKey[], string> {
  if (answer.status !== 200) return fail(`status_${answer.status}`);
  const json = parseStrictJson(answer.body, { maxDepth: MAX_JSON_DEPTH });
  const keys = json.ok ? keepPublicSigningKeys(json.value.value) : undefined;
  return keys === undefined ? fail('no_jwk_set') : succeed(keys);
}
