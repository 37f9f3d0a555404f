import type { SigningAlgorithm, StoredSigningKey } from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import { createAuditTrail } from '../audit-trail.js';
import { ConfigurationError } from '../configuration-error.js';
import { describeError } from '../describe-error.js';
import type { AuthorizationServerPorts, SigningOptions } from '../options.js';
import { onOneClock } from '../ports-on-one-clock.js';
import { type KeyPorts, listKeysOrMakeFirst } from './first-key.js';
import {
  endOfPredecessor,
  isAnyDue,
  isOutOfReach,
  lastKey,
  madeAt,
  overdueKeys,
  type SigningKeyState,
  stateOfKey,
} from './key-timeline.js';
import { makeSigningKey } from './make-signing-key.js';
import { demandThatItOpens } from './open-signer.js';
import { resolveSigning } from './signing-settings.js';
import { WrongMasterKeyError } from './wrong-master-key-error.js';

/** What a person may know of a signing key. */
export interface SigningKeyRecord {
  /** `kid` */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly createdAtEpochSeconds: EpochSeconds;
  readonly signsFromEpochSeconds: EpochSeconds;
  /** Undefined while it has no successor. */
  readonly verifiesUntilEpochSeconds: EpochSeconds | undefined;
  readonly state: SigningKeyState;
}

/**
 * What became of a rotation: the key that was made; or `superseded`: another process was faster, and nothing was done; or
 * `under_way`: the last key has not signed yet and is what would be made, and nothing was done.
 */
export type RotationOutcome =
  | {
      readonly outcome: 'rotated';
      readonly key: SigningKeyRecord;
      /** Whether the key before it did not open here, so that every server needs this process's master key from now on. */
      readonly replacedMasterKey: boolean;
    }
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'under_way'; readonly key: SigningKeyRecord };

/** How {@link KeyManagement.rotate} goes about it. */
export interface RotationOptions {
  /** The successor signs now, before others have fetched it: for a key that leaked. Default: false. */
  readonly atOnce?: boolean;
  /**
   * Goes on where the last key does not open here: every server needs the master key of this process from then on. Default:
   * false. It counts with `atOnce` alone: no server starts under the new master key while a key of the old one signs.
   */
  readonly replaceMasterKey?: boolean;
}

/** Why a key gets a successor, as the trail has it. */
type RotationReason = 'asked' | 'asked_at_once' | 'age_reached' | 'algorithm_changed' | 'clock_was_ahead';

/** Makes signing keys come and go. Every act is one act of the store: it happens as a whole or not at all. */
export interface KeyManagement {
  /** In the order they were made; those that ended included until they are swept. */
  list(): Promise<readonly SigningKeyRecord[]>;
  /**
   * Gives the last key a successor, which signs after `publishAheadSeconds`; with `atOnce` now, for a key that leaked.
   * Resource servers that hold an older JWK Set refuse what the new key signs until they have fetched it again. Where the last
   * key waits for its turn and has the configured algorithm, nothing is made unless `atOnce`: it would be one more key to
   * publish, for no end. One of another algorithm gets its turn, and the new key signs after it.
   *
   * @throws {WrongMasterKeyError} when the last key does not open here, at once or not: whoever rotates with a wrong master
   * key would add a key that no server can use. `replaceMasterKey` is the way out when the old one is lost or leaked
   */
  rotate(options?: RotationOptions): Promise<RotationOutcome>;
  /**
   * Rotates when the last key is `rotateAfterSeconds` old, or has another algorithm than the configured one; never before
   * that key signs, so that processes of two configurations leave each other's keys their turn. Does not wait for a key that a
   * clock far ahead has made: it gets a successor, in whose favour it never signs; and what such a clock left published for
   * years is retired once its access tokens are dead. For a host to call at start and every hour. A failure is recorded, and thrown.
   */
  rotateIfDue(): Promise<RotationOutcome | { readonly outcome: 'not_due' }>;
  /**
   * Ends a key at once: it leaves the JWK Set, and a mark stops every access token it signed or will be made to sign.
   * `last` for a key that signs, or is about to: rotate first. `unknown` for one that ended already.
   */
  retire(keyId: string): Promise<'retired' | 'unknown' | 'last'>;
}

/** How {@link createKeyManagement} goes about it. */
export interface KeyManagementOptions {
  readonly tenantId: TenantId;
  /** As the server has it. */
  readonly signing?: Partial<SigningOptions>;
  /** Lifetime of access tokens; where it is not known, the longest there can be. */
  readonly accessTokenSeconds: number;
  /** Clock skew of resource servers; where it is not known, the largest there can be. */
  readonly clockToleranceSeconds: number;
  /** Who does it, for the trail, where that is a person at a command line. */
  readonly operator?: string;
}

/** What {@link createKeyManagement} needs from outside. */
export interface KeyManagementPorts extends KeyPorts, Pick<AuthorizationServerPorts, 'audit'> {}

/**
 * How long the mark of a retired key is kept: longer than any resource server of ours holds keys that it cannot load anew
 * (a day). Until then, whoever has the private key could make new tokens for one that still knows the public key.
 */
const RETIRED_KEY_MARK_SECONDS = 2 * 86_400;

/**
 * The signing keys of a tenant, for the host of an authorization server, or for a command line beside it on the same
 * store: no server needs to run, and those that do follow within half a minute.
 *
 * @param onChange - called when the keys were changed, or turned out to have been
 * @throws {ConfigurationError} for options that cannot work
 */
export function createKeyManagement(
  given: KeyManagementPorts,
  options: KeyManagementOptions,
  onChange: () => void = () => {},
): KeyManagement {
  const { tenantId } = options;
  const operator = options.operator === undefined ? {} : { operator: options.operator };
  const ports = onOneClock(given);
  const { keyService, platform } = ports;
  const { clock } = platform;
  const signing = resolveSigning(options.signing);
  const store = ports.storage.signingKeys;
  const trail = createAuditTrail(ports.audit, clock, tenantId);
  const listOrMakeFirst = (): Promise<readonly StoredSigningKey[]> =>
    listKeysOrMakeFirst(ports, trail, tenantId, signing);

  async function opensHere(key: StoredSigningKey): Promise<boolean> {
    try {
      await demandThatItOpens(keyService, key);
      return true;
    } catch (error) {
      if (error instanceof WrongMasterKeyError) return false;
      throw error;
    }
  }

  async function addSuccessor(
    keys: readonly StoredSigningKey[],
    { atOnce = false, replaceMasterKey = false }: RotationOptions,
    reason: RotationReason,
  ): Promise<RotationOutcome> {
    const last = demandLastKey(keys);
    const isReplaced = !(await opensHere(last));
    if (isReplaced && !(atOnce && replaceMasterKey)) throw new WrongMasterKeyError();
    const made = await makeSigningKey(keyService, tenantId, signing.algorithm);
    // Reckoned from now, not from before: making a key may take a while, and it is not published during that.
    const now = clock.nowEpochSeconds();
    const key: StoredSigningKey = {
      ...made,
      createdAtEpochSeconds: Math.max(now, last.createdAtEpochSeconds + 1),
      signsFromEpochSeconds: atOnce ? now : now + signing.publishAheadSeconds,
    };
    const end = endOfPredecessor(key.signsFromEpochSeconds, options);
    const detail = `follows ${last.keyId}${isStranded(last, keys, now) ? ', which was to sign first at a time far ahead' : ''}`;
    const details = { keyId: key.keyId, reason, detail, ...operator };
    const event = trail.event(undefined, 'signing_key.rotated', 'allowed', details);
    const outcome = await store.rotate(key, last.keyId, end, event);
    onChange();
    if (outcome === 'superseded') return { outcome };
    trail.record(event);
    return { outcome, key: toRecord(key, [...keys, key], now), replacedMasterKey: isReplaced };
  }

  /**
   * Whether the last key was made by a clock that was far ahead. Where the time of no key has come, this clock may as well be far
   * behind: what it made would sign everywhere unheard of, and end the key that signs.
   */
  const isStranded = (last: StoredSigningKey, keys: readonly StoredSigningKey[], now: EpochSeconds): boolean =>
    isOutOfReach(last, now, signing.publishAheadSeconds) && isAnyDue(keys, now);

  /** Whether the last key waits for its turn, and is to get it. */
  const isWaiting = (last: StoredSigningKey, keys: readonly StoredSigningKey[], now: EpochSeconds): boolean =>
    stateOfKey(last, keys, now) === 'pending' && !isStranded(last, keys, now);

  function tellDoubtfulClock(keys: readonly StoredSigningKey[]): void {
    const now = clock.nowEpochSeconds();
    const last = demandLastKey(keys);
    if (isAnyDue(keys, now) || !isOutOfReach(last, now, signing.publishAheadSeconds)) return;
    const detail =
      'No signing key was made by now: this clock is behind, or was far ahead when they were. Set it by NTP.';
    const details = { keyId: last.keyId, reason: 'clock_doubtful', detail };
    trail.record(trail.event(undefined, 'signing_key.rotation_failed', 'failed', details));
  }

  async function retire(keyId: string, reason?: 'clock_was_ahead'): Promise<'retired' | 'unknown' | 'last'> {
    const lived = options.accessTokenSeconds + options.clockToleranceSeconds;
    const markLifetimeSeconds = Math.max(lived, RETIRED_KEY_MARK_SECONDS);
    const details = { keyId, ...(reason === undefined ? {} : { reason }), ...operator };
    const event = trail.event(undefined, 'signing_key.retired', 'allowed', details);
    const outcome = await store.retire(tenantId, keyId, { now: clock.nowEpochSeconds(), markLifetimeSeconds }, event);
    if (outcome === 'retired') {
      onChange();
      trail.record(event);
    }
    return outcome;
  }

  /** Why the last key is to be rotated; undefined where it is not. */
  function dueReason(keys: readonly StoredSigningKey[]): RotationReason | undefined {
    const last = demandLastKey(keys);
    const now = clock.nowEpochSeconds();
    // Another process has just rotated, perhaps with the configuration that this one is about to get. Followed at once,
    // its key would never sign, and processes of two configurations would answer each other with ever more keys.
    if (isWaiting(last, keys, now)) return undefined;
    if (isStranded(last, keys, now)) return 'clock_was_ahead';
    if (last.algorithm !== signing.algorithm) return 'algorithm_changed';
    const { rotateAfterSeconds } = signing;
    const isOld = now - madeAt(last) >= rotateAfterSeconds;
    return rotateAfterSeconds > 0 && isOld ? 'age_reached' : undefined;
  }

  return {
    async list() {
      const keys = await store.list(tenantId);
      const now = clock.nowEpochSeconds();
      const inOrder = keys.toSorted((a, b) => a.createdAtEpochSeconds - b.createdAtEpochSeconds);
      return inOrder.map((key) => toRecord(key, keys, now));
    },
    async rotate(how = {}) {
      const keys = await listOrMakeFirst();
      if (how.atOnce === true) return addSuccessor(keys, how, 'asked_at_once');
      const last = demandLastKey(keys);
      const now = clock.nowEpochSeconds();
      const isUnderWay = last.algorithm === signing.algorithm && isWaiting(last, keys, now);
      if (!isUnderWay) return addSuccessor(keys, how, 'asked');
      if (!(await opensHere(last))) throw new WrongMasterKeyError();
      return { outcome: 'under_way', key: toRecord(last, keys, now) };
    },
    async rotateIfDue() {
      try {
        const keys = await listOrMakeFirst();
        for (const { keyId } of overdueKeys(keys, clock.nowEpochSeconds(), options))
          await retire(keyId, 'clock_was_ahead');
        tellDoubtfulClock(keys);
        const reason = dueReason(keys);
        return reason === undefined ? { outcome: 'not_due' } : await addSuccessor(keys, {}, reason);
      } catch (error) {
        const details = { reason: 'rotation_failed', detail: describeError(error) };
        trail.record(trail.event(undefined, 'signing_key.rotation_failed', 'failed', details));
        throw error;
      }
    },
    retire: (keyId) => retire(keyId),
  };
}

function demandLastKey(keys: readonly StoredSigningKey[]): StoredSigningKey {
  const last = lastKey(keys);
  if (last === undefined) throw new ConfigurationError('storage: every stored signing key has an end');
  return last;
}

function toRecord(key: StoredSigningKey, keys: readonly StoredSigningKey[], now: EpochSeconds): SigningKeyRecord {
  const { keyId, algorithm, signsFromEpochSeconds, verifiesUntilEpochSeconds } = key;
  return {
    keyId,
    algorithm,
    createdAtEpochSeconds: madeAt(key),
    signsFromEpochSeconds,
    verifiesUntilEpochSeconds,
    state: stateOfKey(key, keys, now),
  };
}
