import {
  type AuditEvent,
  createSealer,
  type PasswordHasher,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimitRule,
  type RequestContext,
} from '@portcullis/ports';
import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { type AuthorizationServer, createAuthorizationServer } from '../authorization-server.js';
import { createSealedKeyService } from '../keys/sealed-key-service.js';
import type { AuthorizationServerOptions, AuthorizationServerPorts } from '../options.js';
import { clients, encodeForm, type Form, ISSUER, resources } from './fixtures.js';
import { TestBrowser } from './test-browser.js';
import { testPages } from './test-pages.js';

/** An authorization server in this process, with a clock that a test moves. */
export interface TestServer {
  readonly server: AuthorizationServer;
  readonly storage: MemoryStorage;
  readonly ports: AuthorizationServerPorts & { readonly passwordHasher: PasswordHasher };
  /** What the sink was told. */
  readonly events: AuditEvent[];
  readonly clock: { now: number };
  /** How often a password was hashed. */
  readonly hashing: { count: number };
  readonly options: AuthorizationServerOptions;
  send(path: string, init?: RequestInit, context?: Partial<RequestContext>): Promise<Response>;
  postForm(path: string, form: Form, headers?: Record<string, string>): Promise<Response>;
  postJson(path: string, body: unknown, network?: string): Promise<Response>;
  newBrowser(): TestBrowser;
}

export async function startTestServer(
  changes: Partial<AuthorizationServerOptions> = {},
  storage: MemoryStorage = createMemoryStorage(),
  given: Partial<Omit<AuthorizationServerPorts, 'clock'>> & { readonly clock?: TestServer['clock'] } = {},
): Promise<TestServer> {
  const { clock = { now: 1_800_000_000 }, ...givenPorts } = given;
  const hashing = { count: 0 };
  const events: AuditEvent[] = [];
  const platform = { ...nodePlatform, clock: { nowEpochSeconds: () => clock.now } };
  const ports: TestServer['ports'] = {
    platform,
    storage,
    passwordHasher: {
      hash: async (password) => `hashed ${password}`,
      verify: async (hash, password) => {
        hashing.count += 1;
        return hash === `hashed ${password}`;
      },
    },
    rateLimiter: createTestRateLimiter(() => clock.now),
    audit: { record: (event) => void events.push(event) },
    pages: testPages,
    keyService: createSealedKeyService(createSealer(new Uint8Array(32).fill(7), 'signing keys', platform.random)),
    ...givenPorts,
  };
  const options: AuthorizationServerOptions = {
    tenantId: 'default',
    issuer: ISSUER,
    resources,
    configuredClients: clients,
    allowedRedirectSchemes: ['cursor'],
    ...changes,
  };
  const server = await createAuthorizationServer(ports, options);
  const event: AuditEvent = {
    type: 'user.added',
    outcome: 'allowed',
    tenantId: options.tenantId,
    occurredAtEpochSeconds: clock.now,
  };
  for (const username of ['alice', 'bob']) {
    const user = {
      subject: `subject-of-${username}`,
      username,
      passwordHash: `hashed ${username}-password`,
      disabled: false,
    };
    await storage.users.add({ ...user, tenantId: options.tenantId, createdAtEpochSeconds: clock.now }, event);
  }

  const { origin } = new URL(options.issuer);
  const test: TestServer = {
    server,
    storage,
    ports,
    events,
    clock,
    hashing,
    options,
    send: (path, init, context) =>
      server.fetch(new Request(origin + path, init), {
        network: '192.0.2.1',
        correlationId: crypto.randomUUID(),
        ...context,
      }),
    postForm: (path, form, headers = {}) =>
      test.send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: encodeForm(form),
      }),
    postJson: (path, body, network = '192.0.2.1') =>
      test.send(
        path,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        },
        { network },
      ),
    newBrowser: () => new TestBrowser(test),
  };
  return test;
}

/** Fixed windows over the clock of the test. */
function createTestRateLimiter(now: () => number): RateLimiter {
  const counts = new Map<string, number>();
  /** Counts `points` more, and judges the last of them, or one that is yet to come. */
  const count = (rule: RateLimitRule, key: string, points: 0 | 1): RateLimitDecision => {
    const window = Math.floor(now() / rule.windowSeconds);
    const counter = `${rule.name} ${key} ${window}`;
    const taken = (counts.get(counter) ?? 0) + points;
    counts.set(counter, taken);
    const retryAfterSeconds = (window + 1) * rule.windowSeconds - now();
    return taken + 1 - points <= rule.points ? { allowed: true } : { allowed: false, retryAfterSeconds };
  };
  return {
    consume: async (rule, key) => count(rule, key, 1),
    peek: async (rule, key) => count(rule, key, 0),
    giveBack: async (rule, key) => {
      const counter = `${rule.name} ${key} ${Math.floor(now() / rule.windowSeconds)}`;
      counts.set(counter, Math.max(0, (counts.get(counter) ?? 0) - 1));
    },
  };
}
