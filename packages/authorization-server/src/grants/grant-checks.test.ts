import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../options.js';
import { proofHeader } from '../testing/dpop-proofs.js';
import { type Form, ISSUER, SECRET } from '../testing/fixtures.js';
import { GRANT_CHECKS, type GrantAnswer, type GrantCheck, type GrantCheckName } from '../testing/grant-checks.js';
import { GRANT_PATH_VARIANTS } from '../testing/grant-path-variants.js';
import { all, GRANT_PATHS, type GrantPath, other, PROOF } from '../testing/grant-paths.js';
import { expectRefusal } from '../testing/test-client.js';
import { basicCredentials } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { TOKEN_GRANTS } from './index.js';

// Every check that each way to tokens has to make, at each of them: testing/grant-checks.ts has the checks,
// testing/grant-paths.ts the ways, testing/grant-path-variants.ts those of other clients. A grant without a way fails the
// last tests.

let storage: MemoryStorage;
let clock: TestServer['clock'];
beforeEach(() => {
  storage = createMemoryStorage();
  clock = { now: 1_800_000_000 };
});

const PATHS = [...GRANT_PATHS, ...GRANT_PATH_VARIANTS];

/** The client `all` as it is on a path, and how it proves who it is there. */
const clientOf = ({ as }: GrantPath) => as?.(all) ?? all;
const proofOf = (path: GrantPath) => (clientOf(path).tokenEndpointAuthMethod === 'none' ? {} : PROOF);

const start = (path: GrantPath, options: Partial<AuthorizationServerOptions> = {}) =>
  startTestServer({ configuredClients: [clientOf(path), other], ...path.options, ...options }, storage, { clock });

/** Asks for tokens as the client of the path does. */
function ask(
  test: TestServer,
  path: GrantPath,
  form: Form,
  headers: Record<string, string> = proofOf(path),
  more = {},
) {
  const base = new URL(test.options.issuer).pathname.replace(/\/$/, '');
  return test.postForm(`${base}/token`, form, {
    ...(path.isWithoutClient === true ? {} : headers),
    ...more,
  });
}

async function expectServed(test: TestServer, path: GrantPath, form: Form, more = {}): Promise<void> {
  const response = await ask(test, path, form, proofOf(path), more);
  expect([response.status, await response.clone().text()]).toEqual([200, expect.stringContaining('access_token')]);
}

/** Breaks one thing, and yields what is answered then, by whom, what mends it, where anything does, and how many events had been
 * stored before. */
async function breakOne(good: TestServer, path: GrantPath, name: GrantCheckName, form: Form) {
  const check: GrantCheck = GRANT_CHECKS[name];
  switch (check.kind) {
    case 'world': {
      const test = await start(path, check.change(clientOf(path), path.grantType));
      if (check.stored) {
        const facts = { outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: clock.now } as const;
        await storage.clients.register(check.stored(clientOf(path)), { type: 'client.registered', ...facts });
      }
      const isPublic = test.options.configuredClients?.[0]?.tokenEndpointAuthMethod === 'none';
      const stored = storage.events.length;
      return { test, response: await ask(test, path, form, isPublic ? {} : PROOF), mend: () => {}, stored };
    }
    case 'request': {
      const { clientId = 'all', isProven = true } = check;
      const proof = clientId === 'all' ? proofOf(path) : basicCredentials(clientId, SECRET);
      const headers = isProven ? proof : {};
      const stored = storage.events.length;
      return {
        test: good,
        response: await ask(good, path, { ...form, ...check.form }, headers),
        mend: () => {},
        stored,
      };
    }
    case 'bound': {
      const headers = check.key === undefined ? {} : await proofHeader(good, { key: check.key });
      const stored = storage.events.length;
      return { test: good, response: await ask(good, path, form, proofOf(path), headers), mend: () => {}, stored };
    }
    case 'act': {
      const mend = await check.act(good, path.subject ?? 'subject-of-alice');
      const stored = storage.events.length;
      return { test: good, response: await ask(good, path, form), mend, stored };
    }
  }
}

function applies(answer: GrantAnswer): answer is Extract<GrantAnswer, readonly unknown[]> {
  return Array.isArray(answer);
}

describe.each(PATHS.map((path) => [path.name, path] as const))('%s', (_name, path) => {
  const answers = Object.entries(path.answers) as [GrantCheckName, GrantAnswer][];
  const failing = answers.flatMap(([name, answer]) => (applies(answer) ? [[name, ...answer] as const] : []));

  it.each(failing)('G2 issues nothing when %s (%i %s, %s)', async (name, status, error, reason) => {
    const good = await start(path);
    const isBound = GRANT_CHECKS[name].kind === 'bound';
    const form = await (isBound && path.prepareBound ? path.prepareBound : path.prepare)(good);
    good.events.length = 0;
    const { test, response, mend, stored } = await breakOne(good, path, name, form);
    await expectRefusal(response, status, error);
    expect(test.events).toMatchObject([{ outcome: 'refused', reason }]);
    if (path.isWithoutClient !== true)
      expect(test.events[0]).toMatchObject({ clientId: expect.stringMatching(/^(all|other)$/) });
    expect(storage.events).toHaveLength(stored);
    mend?.();
    if (mend === undefined) await expectRefusal(await ask(good, path, form), status, error);
    else await expectServed(good, path, form, isBound ? await proofHeader(good) : {});
  });

  if (path.isWithoutClient !== true) {
    it('TN-02 takes a client of one tenant, at the issuer of another, for one that there is not', async () => {
      const good = await start(path);
      const form = await path.prepare(good);
      const test = await start(path, { tenantId: 'b', issuer: `${ISSUER}/t/b`, configuredClients: [] });
      const answered = await Promise.all(
        ['all', 'nobody'].map(async (clientId) => {
          const response = await ask(test, path, { ...form, client_id: clientId }, basicCredentials(clientId, SECRET));
          return [response.status, await response.text(), [...response.headers]];
        }),
      );
      expect(answered[0]).toEqual(answered[1]);
      expect(answered[0]?.[0]).toBe(401);
      await expectServed(good, path, form);
    });
  }

  const { credential } = path;
  if (credential === undefined) return;

  it('issues nothing from the second on in which what it takes has expired', async () => {
    const good = await start(path);
    const form = await path.prepare(good);
    good.events.length = 0;
    clock.now += credential.lifetimeSeconds;
    expect((await ask(good, path, form)).status).toBe(400);
    expect(good.events).toMatchObject([{ outcome: 'refused', reason: credential.expired }]);
    clock.now -= 1;
    await expectServed(good, path, form);
  });

  it('TN-02 takes what belongs to one tenant, at the issuer of another, for something that there is not', async () => {
    const good = await start(path);
    const form = await path.prepare(good);
    const configuredClients = [clientOf(path), other].map((client) => ({ ...client, tenantId: 'b' }));
    const elsewhere = { tenantId: 'b', issuer: `${ISSUER}/t/b`, configuredClients };
    const test = await start(path, elsewhere);
    const added = storage.events.length;
    const nobodys = `${String(form[credential.name]).slice(0, -4)}AAAA`;
    const answered = await Promise.all(
      [form, { ...form, [credential.name]: nobodys }].map(async (one) => {
        const response = await ask(test, path, one);
        return [response.status, await response.text(), [...response.headers]];
      }),
    );
    expect(answered[0]).toEqual(answered[1]);
    expect(answered[0]?.[0]).toBe(400);
    expect(test.events.filter(({ type }) => type === 'token.refused')).toHaveLength(2);
    expect(storage.events).toHaveLength(added);
    await expectServed(good, path, form);
  });
});

/** What whoever reuses a refresh token may get wrong besides, and is not let off for. All else is refused before anything is known
 * of it: from a stranger or by another key it is no reuse, and a grant that has ended cannot end again. */
const NO_EXCUSE: readonly GrantCheckName[] = [
  'the resource is gone',
  'the scope is gone from the resource',
  'the scope is gone from the client',
  'it is for a resource that is not ours',
  'it is for two resources',
  'it asks for more than was granted',
  'its scope is malformed',
  'its resource is malformed',
  'the user is gone though nothing ended the grant',
];

const REUSABLE = PATHS.filter(({ grantType, credential }) => grantType === 'refresh_token' && credential !== undefined);
describe.each(REUSABLE.map((path) => [path.name, path] as const))('%s after its grace', (_name, path) => {
  const answers = Object.entries(path.answers) as [GrantCheckName, GrantAnswer][];
  const failing = answers.flatMap(([name, answer]) => (applies(answer) ? [[name, ...answer] as const] : []));

  /** Rotates, waits, and presents the predecessor with one thing wrong. */
  async function reuseWith(name: GrantCheckName) {
    const good = await start(path);
    const isBound = GRANT_CHECKS[name].kind === 'bound';
    const form = await (isBound && path.prepareBound ? path.prepareBound : path.prepare)(good);
    const withKey = async () => (isBound ? await proofHeader(good) : {});
    const rotated = await ask(good, path, form, proofOf(path), await withKey());
    const { refresh_token } = (await rotated.json()) as { refresh_token: string };
    clock.now += 61;
    good.events.length = 0;
    const { test, response, mend } = await breakOne(good, path, name, form);
    const next = async () => ask(good, path, { ...form, refresh_token }, proofOf(path), await withKey());
    return { good, test, response, mend, next };
  }

  const excused = failing.filter(([name]) => !NO_EXCUSE.includes(name));
  it.each(excused)('TK-01 is no reuse when %s (%i %s, %s)', async (name, status, error, reason) => {
    const { good, test, response, next } = await reuseWith(name);
    await expectRefusal(response, status, error);
    expect(test.events).toMatchObject([{ outcome: 'refused', reason }]);
    const after = await next();
    if (reason === 'grant_revoked') expect(good.events.at(-1)).toMatchObject({ reason });
    else expect([after.status, await after.text()]).toEqual([200, expect.stringContaining('access_token')]);
  });

  it.each(NO_EXCUSE.map((name) => [name]))('TK-01 ends its grant, also when %s', async (name) => {
    expect(failing.map(([failed]) => failed)).toContain(name);
    const { good, test, response, mend, next } = await reuseWith(name);
    await expectRefusal(response, 400, 'invalid_grant');
    expect(test.events).toMatchObject([{ type: 'refresh_token.reuse_detected', reason: 'refresh_token_reused' }]);
    mend?.();
    await expectRefusal(await next(), 400, 'invalid_grant');
    expect(good.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'grant_revoked' });
  });
});

describe('the table', () => {
  it('has a way for every grant, and none for a grant that there is not', () => {
    const named = [...new Set(GRANT_PATHS.map(({ grantType }) => grantType))];
    expect(named.sort()).toEqual(TOKEN_GRANTS.map(({ grantType }) => grantType).sort());
  });

  it('has a way with a client for every grant, and one without where a grant has such requests', () => {
    for (const { grantType, withoutClient } of TOKEN_GRANTS) {
      const ways = GRANT_PATHS.filter((path) => path.grantType === grantType);
      expect([grantType, ways.some(({ isWithoutClient }) => isWithoutClient === true)]).toEqual([
        grantType,
        withoutClient !== undefined,
      ]);
      expect([grantType, ways.some(({ isWithoutClient }) => isWithoutClient !== true)]).toEqual([grantType, true]);
    }
  });

  it('names each way once', () => {
    const names = PATHS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
