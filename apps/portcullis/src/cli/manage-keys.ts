import { join } from 'node:path';
import {
  createKeyManagement,
  type RotationOptions,
  type SigningKeyRecord,
  type SigningKeyState,
  WrongMasterKeyError,
} from '@portcullis/authorization-server/keys';
import { ConfigurationError } from '@portcullis/authorization-server/rules';
import {
  type KeyService,
  LONGEST_ACCESS_TOKEN_SECONDS,
  LONGEST_CLOCK_TOLERANCE_SECONDS,
  type SigningAlgorithm,
} from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { minute } from '../minute.js';
import { ProgramError } from '../program-error.js';
import { createKeyService } from '../start/key-service.js';
import { readMasterKey } from '../start/master-key.js';
import { tellOtherAlgorithm } from '../start/other-algorithm.js';
import { describeRefusedRotation } from '../start/wrong-master-key.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { operatorHere } from './operator.js';
import type { OpenStore } from './with-store.js';

/** A signing key as it is shown. Times in ISO 8601. */
export interface KeyView {
  readonly keyId: string;
  readonly algorithm: string;
  readonly state: SigningKeyState;
  readonly createdAt: string;
  readonly signsFrom: string;
  readonly verifiesUntil?: string;
  /** Of the last key: the algorithm of its successor, which a gate makes by itself, where another one is configured. */
  readonly nextAlgorithm?: string;
}

/** A rotation as it is told. */
export interface RotationView {
  readonly made: KeyView;
  /** The key it follows; of a rotation at once the one that has signed until now, which a successor still waiting has not. */
  readonly before: KeyView | undefined;
  /** Every key but the new one that is trusted still, in the order they were made. */
  readonly stillTrusted: readonly KeyView[];
  /** What `verifiesUntil` of the key before it was reckoned with. */
  readonly reckonedWith: ReckonedWith;
  /** Whether gates need another master key than before. */
  readonly replacedMasterKey: boolean;
}

/** Lifetimes that the end of a key rests on, in seconds. */
export interface ReckonedWith {
  readonly accessTokenSeconds: number;
  readonly clockToleranceSeconds: number;
  /** Whether the configuration says so; otherwise they are the longest there can be. */
  readonly isConfigured: boolean;
}

/** Everything of a key that may be shown. */
export function viewKey(key: SigningKeyRecord): KeyView {
  const { verifiesUntilEpochSeconds: end } = key;
  return {
    keyId: key.keyId,
    algorithm: key.algorithm,
    state: key.state,
    createdAt: isoTime(key.createdAtEpochSeconds),
    signsFrom: isoTime(key.signsFromEpochSeconds),
    ...(end === undefined ? {} : { verifiesUntil: isoTime(end) }),
  };
}

/** What there is to say of the keys. */
export interface KeyList {
  /** In the order they sign. */
  readonly keys: readonly KeyView[];
  /** Why another algorithm signs than the configured one; undefined where it does not, or no configuration is at hand. */
  readonly otherAlgorithm: string | undefined;
  /** Whether a configuration is at hand that says which algorithm is wanted. */
  readonly isConfigured: boolean;
}

/** The keys. Needs no master key. */
export async function listKeys(store: OpenStore): Promise<KeyList> {
  const { input, isFromFile } = store.config;
  const keys = await managementOf(store, NO_KEY_SERVICE).list();
  if (!isFromFile) return { keys: keys.map(viewKey), otherAlgorithm: undefined, isConfigured: false };
  const { algorithm } = input.signing;
  const views = keys.map((key) => {
    const isWrong = key.verifiesUntilEpochSeconds === undefined && key.algorithm !== algorithm;
    return { ...viewKey(key), ...(isWrong ? { nextAlgorithm: algorithm } : {}) };
  });
  return { keys: views, otherAlgorithm: tellOtherAlgorithm(keys, input.signing, store.suggest), isConfigured: true };
}

/** Gives the last key a successor. @throws {ProgramError} when there is no key yet, the master key is not the gate's, a
 * gate was faster, or the last key is the successor that the last rotation made and does not sign yet */
export async function rotateKeys(
  store: OpenStore,
  environment: Readonly<Record<string, string | undefined>>,
  how: RotationOptions,
): Promise<RotationView> {
  const keys = await store.storage.signingKeys.list(DEFAULT_TENANT);
  if (keys.length === 0) throw new ProgramError('there are no keys yet: the first start of the gate makes one');
  const file = store.openDirectory()?.masterKeyFile ?? join(store.config.dataDir, 'master.key');
  const masterKey = readMasterKey({ file, environment }, store.suggest);
  const last = keys.find((key) => key.verifiesUntilEpochSeconds === undefined);
  const management = managementOf(store, createKeyService(masterKey.bytes, store.platform.random), last?.algorithm);
  const before = how.atOnce === true ? (await management.list()).find(({ state }) => state === 'signing') : last;
  const rotation = await management.rotate(how).catch((error: unknown) => {
    if (error instanceof WrongMasterKeyError)
      throw new ProgramError(describeRefusedRotation(masterKey.origin, store.suggest));
    throw error instanceof ConfigurationError ? new ProgramError(error.message) : error;
  });
  if (rotation.outcome === 'superseded') {
    throw new ProgramError(
      `somebody rotated at the same moment, and nothing was done; see ${store.suggest('keys list')}`,
    );
  }
  if (rotation.outcome === 'under_way') {
    const { keyId, signsFrom } = viewKey(rotation.key);
    throw new ProgramError(
      `a rotation is under way already, and nothing was done: ${keyId} signs from ${minute(signsFrom)}. For a key that leaked: ${store.suggest('keys rotate --at-once')}`,
    );
  }
  const others = (await management.list()).filter(({ keyId }) => keyId !== rotation.key.keyId).map(viewKey);
  return {
    made: viewKey(rotation.key),
    before: others.find(({ keyId }) => keyId === before?.keyId),
    stillTrusted: others.filter(({ state }) => state !== 'ended'),
    reckonedWith: lifetimesOf(store),
    replacedMasterKey: rotation.replacedMasterKey,
  };
}

/** Ends a key at once. Needs no master key. @throws {ProgramError} when there is none of this id, or it still signs */
export async function retireKey(store: OpenStore, keyId: string): Promise<void> {
  const outcome = await managementOf(store, NO_KEY_SERVICE).retire(keyId);
  if (outcome === 'retired') return;
  const shown = terminalText(keyId);
  if (outcome === 'unknown') {
    throw new ProgramError(`there is no key ${shown}, or it has ended already; see ${store.suggest('keys list')}`);
  }
  throw new ProgramError(
    `${shown} signs, or is about to, and nothing could sign in its place: first ${store.suggest('keys rotate --at-once')}`,
  );
}

const unneeded = (): Promise<never> => Promise.reject(new Error('This act works without private keys'));
const NO_KEY_SERVICE: KeyService = { make: unneeded, open: unneeded };

/**
 * @param algorithm - of the last key: without the configuration at hand it stays what it is, since the gate would change
 *   another one back
 */
function managementOf(store: OpenStore, keyService: KeyService, algorithm?: SigningAlgorithm) {
  const { storage, platform, config } = store;
  const { input, isFromFile } = config;
  const signing = isFromFile || algorithm === undefined ? input.signing : { ...input.signing, algorithm };
  // The acts themselves write to the trail of the store.
  const audit = { record(): void {} };
  const { accessTokenSeconds, clockToleranceSeconds } = lifetimesOf(store);
  return createKeyManagement(
    { storage, platform, keyService, audit },
    { tenantId: DEFAULT_TENANT, signing, accessTokenSeconds, clockToleranceSeconds, operator: operatorHere() },
  );
}

/** What the ends of keys are reckoned with: the longest there can be, where the configuration is not at hand. */
function lifetimesOf({ config: { input, isFromFile } }: OpenStore): ReckonedWith {
  const { accessTokenSeconds, clockToleranceSeconds } = isFromFile ? input.lifetimes : LONGEST_LIFETIMES;
  return { accessTokenSeconds, clockToleranceSeconds, isConfigured: isFromFile };
}

/** What may be configured at most. */
export const LONGEST_LIFETIMES = {
  accessTokenSeconds: LONGEST_ACCESS_TOKEN_SECONDS,
  clockToleranceSeconds: LONGEST_CLOCK_TOLERANCE_SECONDS,
};
