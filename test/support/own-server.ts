import {
  type AuthorizationServerOptions,
  type AuthorizationServerPorts,
  createAuthorizationServer,
  createSealedKeyService,
} from '@portcullis/authorization-server';
import { type AuditEvent, createBoundedFetch, createSealer, type Platform, type Storage } from '@portcullis/ports';
import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { createPages } from '@portcullis/web';
import type { FormPerson } from './form-browser.js';
import { listenOnLoopback, toRequestListener } from './loopback-host.js';

/** Our authorization server in this process, on a loopback port, its rows in memory. */
export interface OwnServer {
  readonly origin: string;
  readonly storage: MemoryStorage;
  /** What the audit sink was told. */
  readonly events: readonly AuditEvent[];
  close(): Promise<void>;
}

/** Who can sign in there. */
export const ALICE: FormPerson = { username: 'alice', password: 'correct horse battery staple' };

const TENANT = 'default';
const MASTER_KEY = nodePlatform.random.bytes(32);

/** Starts the server with its real pages. Rate limits let everything through: a judge asks faster than any client. */
export async function startOwnServer(
  options: Omit<AuthorizationServerOptions, 'issuer' | 'tenantId'>,
): Promise<OwnServer> {
  const host = await listenOnLoopback();
  const storage = createMemoryStorage();
  const events: AuditEvent[] = [];
  const server = await createAuthorizationServer(ownServerPorts(storage, events), {
    tenantId: TENANT,
    issuer: host.origin,
    ...options,
  });
  await addAlice(storage);
  host.serve(toRequestListener(server.fetch, host.origin));
  return { origin: host.origin, storage, events, close: host.close };
}

/** What such a server takes from outside. */
export function ownServerPorts(
  storage: Storage,
  events: AuditEvent[],
  platform: Platform = nodePlatform,
): AuthorizationServerPorts {
  return {
    platform,
    storage,
    // Real hashing is the business of the program's own tests; here it would only take time.
    passwordHasher: {
      hash: async (password) => `plain ${password}`,
      verify: async (hash, password) => hash === `plain ${password}`,
    },
    rateLimiter: {
      consume: async () => ({ allowed: true }),
      peek: async () => ({ allowed: true }),
      giveBack: async () => {},
    },
    audit: { record: (event) => void events.push(event) },
    configuredFetch: createBoundedFetch(fetch),
    pages: createPages({ stylesheetPath: '/style.css' }),
    keyService: createSealedKeyService(createSealer(MASTER_KEY, 'signing keys', nodePlatform.random)),
  };
}

/** Lets {@link ALICE} in. */
export async function addAlice(storage: Pick<Storage, 'users'>): Promise<void> {
  const now = nodePlatform.clock.nowEpochSeconds();
  await storage.users.add(
    {
      tenantId: TENANT,
      subject: 'subject-of-alice',
      username: ALICE.username,
      passwordHash: `plain ${ALICE.password}`,
      disabled: false,
      createdAtEpochSeconds: now,
    },
    { type: 'user.added', outcome: 'allowed', tenantId: TENANT, occurredAtEpochSeconds: now },
  );
}
