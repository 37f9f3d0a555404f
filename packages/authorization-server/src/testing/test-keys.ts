import { type AuditEvent, createSealer, type KeyService } from '@portcullis/ports';
import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { createAuditTrail } from '../audit-trail.js';
import {
  createKeyManagement,
  type KeyManagement,
  type KeyManagementOptions,
  type KeyManagementPorts,
} from '../keys/key-management.js';
import { createSealedKeyService } from '../keys/sealed-key-service.js';
import { loadSigningKeys, type SigningKeys } from '../keys/signing-keys.js';
import { resolveSigning } from '../keys/signing-settings.js';
import type { SigningOptions } from '../options.js';

/** When the tests of keys begin. */
export const START = 1_800_000_000;

/** The default lifetimes: what a predecessor's end is reckoned from. */
export const LIFETIMES = { accessTokenSeconds: 600, clockToleranceSeconds: 30 } as const;

/** One store of keys, a clock that a test moves, and processes that work on both. */
export interface TestKeys {
  readonly clock: { now: number };
  readonly storage: MemoryStorage;
  readonly events: AuditEvent[];
  readonly ports: KeyManagementPorts;
  /** The keys as another process has them. */
  startReplica(changes?: Partial<KeyManagementPorts>, signing?: Partial<SigningOptions>): Promise<SigningKeys>;
  /** What the command line has. */
  manage(options?: Partial<KeyManagementOptions>, changes?: Partial<KeyManagementPorts>): KeyManagement;
}

/** A key service whose keys are sealed under a master key that `seed` stands for. */
export function sealedKeyService(seed = 7): KeyService {
  return createSealedKeyService(createSealer(new Uint8Array(32).fill(seed), 'signing keys', nodePlatform.random));
}

export function createTestKeys(keyService: KeyService = sealedKeyService()): TestKeys {
  const clock = { now: START };
  const storage = createMemoryStorage();
  const events: AuditEvent[] = [];
  const ports: KeyManagementPorts = {
    platform: { ...nodePlatform, clock: { nowEpochSeconds: () => clock.now } },
    storage,
    keyService,
    audit: { record: (event) => void events.push(event) },
  };
  return {
    clock,
    storage,
    events,
    ports,
    startReplica: (changes = {}, signing = {}) => {
      const trail = createAuditTrail(ports.audit, ports.platform.clock, 'default');
      const settings = { tenantId: 'default', signing: resolveSigning(signing), lifetimes: LIFETIMES };
      return loadSigningKeys({ ...ports, ...changes }, trail, settings);
    },
    manage: (options = {}, changes = {}) =>
      createKeyManagement({ ...ports, ...changes }, { tenantId: 'default', ...LIFETIMES, ...options }),
  };
}

/** Makes the store's listing fail while `isDown`, and counts how often it was asked. */
export function unreliableListing({ storage }: TestKeys): {
  readonly storage: KeyManagementPorts['storage'];
  isDown: boolean;
  count: number;
} {
  const { signingKeys } = storage;
  const listing = {
    isDown: false,
    count: 0,
    storage: {
      signingKeys: {
        ...signingKeys,
        async list(tenantId: string) {
          listing.count += 1;
          if (listing.isDown) throw new Error('down');
          return signingKeys.list(tenantId);
        },
      },
    },
  };
  return listing;
}

/** Ids of the published keys, as a JWK Set has them. */
export async function publishedIds(keys: Pick<SigningKeys, 'jwks'>): Promise<readonly (string | undefined)[]> {
  return (await keys.jwks()).keys.map(({ kid }) => kid);
}
