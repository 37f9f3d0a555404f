import { type KeyService, KeyUnavailableError } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import fc from 'fast-check';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { expect, it } from 'vitest';
import { createAccessTokenIssuer } from '../grants/access-token.js';
import { resolveSettings } from '../settings.js';
import { FILES, ISSUER, resources } from '../testing/fixtures.js';
import { createTestKeys, LIFETIMES, publishedIds, START, type TestKeys } from '../testing/test-keys.js';
import { KEY_PARAMETERS, SIGNATURE_PARAMETERS } from './key-algorithms.js';
import type { SigningKeys } from './signing-keys.js';
import { LEAST_PUBLISH_AHEAD_SECONDS } from './signing-settings.js';
import { SigningUnavailableError } from './signing-unavailable-error.js';

// Whatever happens to the keys, in whatever order, and whenever each process notices: an access token that was issued
// is verified until it expires, by whoever follows the rules.

/** The last of them has another master key by mistake: it opens only the key that was there when it started. */
const REPLICAS = 3;
const DOCUMENT_MAX_AGE = 300;
/** Keys that follow each other as fast as they may. */
const SIGNING = { publishAheadSeconds: LEAST_PUBLISH_AHEAD_SECONDS, rotateAfterSeconds: 1000 };
const FACTS = {
  subject: 'alice',
  clientId: 'pub',
  resource: FILES,
  scopes: ['files:read'],
  grantId: 'grant',
  authenticatedAtEpochSeconds: START,
};

type Step =
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'issue'; readonly replica: number }
  | { readonly do: 'retire'; readonly index: number }
  | { readonly do: 'rotate' | 'rotateIfDue' | 'rotateAtOnce' | 'sweep' };

function retired(index: number): Step {
  return { do: 'retire', index };
}

const replica = fc.nat(REPLICAS - 1);
/** The lengths that something ends or begins at, a second less, and any other. */
const seconds = fc.oneof(
  fc.constantFrom(1, 29, 30, 299, 300, 330, 599, 600, 629, 660),
  fc.integer({ min: 1, max: 700 }),
);
const wait = seconds.map((length): Step => ({ do: 'wait', seconds: length }));
const issue = replica.map((index): Step => ({ do: 'issue', replica: index }));
const rotate = fc.constantFrom<Step>({ do: 'rotate' }, { do: 'rotateIfDue' });
const sweep = fc.constant<Step>({ do: 'sweep' });
const urgent = fc.oneof(fc.constant<Step>({ do: 'rotateAtOnce' }), fc.nat(3).map(retired));

const waited = (length: number): Step => ({ do: 'wait', seconds: length });
const issued: Step = { do: 'issue', replica: 0 };
const rotated: Step = { do: 'rotate' };
const rotatedAtOnce: Step = { do: 'rotateAtOnce' };

/** A JWK Set is fetched from a process just before that hears of a key, and kept until just before that signs. */
const HEARD_LATE = [issued, waited(271), issued, rotated, waited(29), waited(299), issued];
/** A process signs with a key just before it hears that another signs, and the token is used in its last second. */
const SIGNED_LATE = [issued, rotatedAtOnce, waited(29), issued, waited(629)];
/** A process that cannot open the successor goes on with a key that is about to end. */
const STOOD_IN: readonly Step[] = [
  issued,
  rotated,
  waited(330),
  waited(30),
  { do: 'issue', replica: REPLICAS - 1 },
  waited(1),
  { do: 'issue', replica: REPLICAS - 1 },
  waited(629),
];
/** A key that was rotated away before its time has a later time than the one that signs. */
const ROTATED_AWAY = [rotated, waited(300), rotatedAtOnce, waited(300), rotated, waited(30), issued, waited(600)];
/** The key that signs is retired while its successor is on its way and its predecessor is about to end. */
const RETIRED_EARLY = [rotated, waited(600), rotated, retired(1), waited(30), issued, waited(600)];

interface Issued {
  readonly keyId: string;
  readonly deadFrom: number;
}

/** Real keys that are made once for all runs: making them is what takes the time. */
const pool: Promise<CryptoKeyPair>[] = [];

function pooledKeyService(): KeyService & { readonly opensFirstOnly: KeyService } {
  let made = 0;
  const pair = (index: number): Promise<CryptoKeyPair> => {
    pool[index] ??= crypto.subtle.generateKey(KEY_PARAMETERS.ES256, false, ['sign', 'verify']);
    return pool[index];
  };
  const service: KeyService = {
    async make() {
      const index = made;
      made += 1;
      const { publicKey } = await pair(index);
      return { publicJwk: await crypto.subtle.exportKey('jwk', publicKey), keyReference: String(index) };
    },
    async open(keyReference) {
      const { privateKey } = await pair(Number(keyReference));
      return {
        sign: async (data) => new Uint8Array(await crypto.subtle.sign(SIGNATURE_PARAMETERS.ES256, privateKey, data)),
      };
    },
  };
  const opensFirstOnly: KeyService = {
    ...service,
    async open(keyReference, ...key) {
      if (keyReference !== '0') throw new KeyUnavailableError('Another master key');
      return service.open(keyReference, ...key);
    },
  };
  return { ...service, opensFirstOnly };
}

function expectUnavailable(error: unknown): undefined {
  expect(error).toBeInstanceOf(SigningUnavailableError);
}

/** Processes that sign on one store, each with its own knowledge of it, and what they have issued. */
class World {
  readonly #keyService = pooledKeyService();
  readonly test: TestKeys = createTestKeys(this.#keyService);
  readonly replicas: SigningKeys[] = [];
  readonly retired = new Set<string>();
  #issued: readonly Issued[] = [];

  async start(): Promise<void> {
    for (let index = 1; index < REPLICAS; index += 1) this.replicas.push(await this.test.startReplica());
    this.replicas.push(await this.test.startReplica({ keyService: this.#keyService.opensFirstOnly }));
  }

  replica(index: number): SigningKeys {
    const found = this.replicas[index];
    if (found === undefined) throw new Error('There is no such replica');
    return found;
  }

  async run(step: Step): Promise<void> {
    const { test } = this;
    switch (step.do) {
      case 'wait':
        test.clock.now += step.seconds;
        return;
      case 'issue':
        return this.#issue(step.replica);
      case 'rotate':
        await test.manage({ signing: SIGNING }).rotate();
        return;
      case 'rotateIfDue':
        await test.manage({ signing: SIGNING }).rotateIfDue();
        return;
      case 'rotateAtOnce':
        await test.manage().rotate({ atOnce: true });
        return;
      case 'retire': {
        const { keyId = 'none' } = (await test.manage().list()).at(-1 - step.index) ?? {};
        if ((await test.manage().retire(keyId)) === 'retired') this.retired.add(keyId);
        return;
      }
      case 'sweep':
        await test.storage.sweep('default', test.clock.now);
    }
  }

  /** The ids of the keys of every token that is alive: issued, not expired, its key not retired. */
  aliveKeyIds(): ReadonlySet<string> {
    this.#issued = this.#issued.filter(({ deadFrom }) => deadFrom > this.test.clock.now);
    return new Set(this.#issued.map(({ keyId }) => keyId).filter((keyId) => !this.retired.has(keyId)));
  }

  async #issue(index: number): Promise<void> {
    const { test } = this;
    const settings = resolveSettings(
      { tenantId: 'default', issuer: ISSUER, resources, lifetimes: LIFETIMES },
      { platform: nodePlatform },
    );
    const issuer = createAccessTokenIssuer(test.ports.platform, this.replica(index), settings);
    const signed = await issuer.issue(FACTS, test.clock.now).catch(expectUnavailable);
    if (signed === undefined) {
      // Only the one that opens nothing else, and only once what it has would not outlive its tokens.
      expect(index).toBe(REPLICAS - 1);
      return;
    }
    const { accessToken, expiresInSeconds } = signed;
    const { kid: keyId = '', alg } = decodeProtectedHeader(accessToken);
    const jwks = (await this.replica(index).jwks()) as JSONWebKeySet;
    expect(jwks.keys.find((jwk) => jwk.kid === keyId)?.alg).toBe(alg);
    await compactVerify(accessToken, createLocalJWKSet(jwks));
    const deadFrom = test.clock.now + expiresInSeconds + LIFETIMES.clockToleranceSeconds;
    this.#issued = [...this.#issued, { keyId, deadFrom }];
  }
}

it('a live token is verified at any moment by a JWK Set that is kept for as long as it may be', async () => {
  const steps = fc.array(fc.oneof(wait, wait, issue, rotate, sweep), { minLength: 10, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(steps, fc.array(replica, { minLength: 50, maxLength: 50 }), async (run, sources) => {
      const world = new World();
      await world.start();
      let held: readonly unknown[] = [];
      let heldUntil = 0;
      for (const [index, step] of run.entries()) {
        await world.run(step);
        if (heldUntil <= world.test.clock.now) {
          held = await publishedIds(world.replica(sources[index] ?? 0));
          heldUntil = world.test.clock.now + DOCUMENT_MAX_AGE;
        }
        for (const keyId of world.aliveKeyIds()) expect(held).toContain(keyId);
      }
    }),
    { numRuns: 100, examples: [HEARD_LATE, STOOD_IN].map((run) => [run, Array.from({ length: 50 }, () => 0)]) },
  );
}, 60_000);

it('a live token is verified by what a gate loads, through keys that leak as well, unless its own was retired', async () => {
  const steps = fc.array(fc.oneof(wait, wait, issue, issue, rotate, sweep, urgent, urgent), {
    minLength: 10,
    maxLength: 50,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const world = new World();
      await world.start();
      const gate = await world.test.startReplica();
      for (const step of run) {
        await world.run(step);
        gate.reload();
        const loaded = await publishedIds(gate);
        for (const keyId of world.aliveKeyIds()) expect(loaded).toContain(keyId);
        for (const keyId of world.retired) expect(loaded).not.toContain(keyId);
        const states = (await world.test.manage().list()).map(({ state }) => state);
        expect(states.filter((state) => state === 'signing')).toHaveLength(1);
      }
    }),
    { numRuns: 100, examples: [[SIGNED_LATE], [STOOD_IN], [ROTATED_AWAY], [RETIRED_EARLY]] },
  );
}, 60_000);
