import { createKeyManagement, type KeyManagement } from '@portcullis/authorization-server';
import { base64Url, SIGNING_ALGORITHMS } from '@portcullis/ports';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
  createRevocationFollower,
  createVerificationKeys,
  type RevocationFollower,
} from '@portcullis/resource-server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { configuredClient, FILES, ISSUER } from '../../packages/authorization-server/src/testing/fixtures.js';
import { claimsOf, obtainTokens, redemption } from '../../packages/authorization-server/src/testing/test-client.js';
import { startTestServer, type TestServer } from '../../packages/authorization-server/src/testing/test-server.js';

// Signing keys from the store to the gate: the authorization server's issue, the resource server's judge, one clock.

const DAY = 86_400;
const followers: RevocationFollower[] = [];
afterEach(() => {
  for (const follower of followers.splice(0)) follower.stop();
});

interface Gate {
  readonly verifier: AccessTokenVerifier;
  readonly revocations: RevocationFollower;
  /** Makes loading keys fail while it is set. */
  isCutOff: boolean;
}

/** A gate in front of `FILES` that loads keys and follows marks as the program wires it. */
async function startGate(test: TestServer): Promise<Gate> {
  const { platform, audit } = test.ports;
  const { clock } = platform;
  const revocations = createRevocationFollower({
    tenantId: test.options.tenantId,
    store: test.storage.revocationMarks,
    clock,
    audit,
    pollMilliseconds: 5,
    blindAfterMilliseconds: 60_000,
  });
  followers.push(revocations);
  await revocations.start();
  const load = async () => {
    if (gate.isCutOff) throw new Error('cut off');
    return test.server.verificationKeys();
  };
  const gate: Gate = {
    isCutOff: false,
    revocations,
    verifier: createAccessTokenVerifier({
      tenantId: test.options.tenantId,
      issuer: test.options.issuer,
      resource: FILES,
      keys: createVerificationKeys({ clock, load }),
      platform,
      revocations,
    }),
  };
  return gate;
}

async function verdict({ verifier }: Gate, accessToken: string): Promise<string> {
  const verification = await verifier.verify(accessToken);
  return verification.ok ? 'accepted' : verification.failure.reason;
}

function headerOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

/** The keys as the command line has them: on the same store, not knowing the server's lifetimes. */
function commandLine(test: TestServer): KeyManagement {
  const { ports, options } = test;
  const { tenantId } = options;
  return createKeyManagement(ports, { tenantId, accessTokenSeconds: 3600, clockToleranceSeconds: 60 });
}

async function keyIdOf(test: TestServer): Promise<string> {
  const signing = (await test.server.keys.list()).find(({ state }) => state === 'signing');
  return signing?.keyId ?? '';
}

/** What whoever has the private key of `keyId` can make. */
async function forge(test: TestServer, keyId: string, claims: object, header: object = {}): Promise<string> {
  const { tenantId } = test.options;
  const key = (await test.storage.signingKeys.list(tenantId)).find((one) => one.keyId === keyId);
  if (key === undefined) throw new Error('There is no such key');
  const purpose = `access-token-signing:${tenantId}`;
  const signer = await test.ports.keyService.open(key.keyReference, key.algorithm, purpose);
  const utf8 = new TextEncoder();
  const encode = (part: object): string => base64Url(utf8.encode(JSON.stringify(part)));
  const input = `${encode({ alg: key.algorithm, typ: 'at+jwt', kid: keyId, ...header })}.${encode(claims)}`;
  return `${input}.${base64Url(await signer.sign(utf8.encode(input)))}`;
}

it.each(SIGNING_ALGORITHMS)('verifies at the gate what %s signs', async (algorithm) => {
  const test = await startTestServer({ signing: { algorithm } });
  const { access_token } = await obtainTokens(test);
  expect(headerOf(access_token)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: await keyIdOf(test) });
  expect(await verdict(await startGate(test), access_token)).toBe('accepted');
});

it('RS-09 changes the algorithm without a gap: what either key signed is good to its end', async () => {
  const before = await startTestServer();
  const test = await startTestServer({ signing: { algorithm: 'RS256' } }, before.storage);
  const gate = await startGate(test);
  expect(await test.server.keys.rotateIfDue()).toMatchObject({ outcome: 'rotated', key: { algorithm: 'RS256' } });
  test.clock.now += 899;
  const last = (await obtainTokens(test)).access_token;
  test.clock.now += 1;
  const first = (await obtainTokens(test)).access_token;
  expect([last, first].map((token) => headerOf(token).alg)).toEqual(['ES256', 'RS256']);
  for (const token of [last, first]) expect(await verdict(gate, token)).toBe('accepted');
  test.clock.now += 628;
  for (const token of [last, first]) {
    expect(await verdict(gate, token)).toBe('accepted');
    expect(await verdict(await startGate(test), token)).toBe('accepted');
  }
  test.clock.now += 1;
  expect(await verdict(gate, last)).toBe('expired');
  expect(await verdict(gate, first)).toBe('accepted');
});

describe('RS-09 a key that leaves in good order', () => {
  it('has outlived every token it signed, though a replica heard of its successor late', async () => {
    const test = await startTestServer();
    const late = await startTestServer({}, test.storage);
    const [remembering, old] = [await startGate(test), await keyIdOf(test)];
    const code = await late.newBrowser().approve();
    // The late replica reads the keys now, and again in half a minute.
    await late.send('/jwks');
    await test.server.keys.rotate({ atOnce: true });
    for (const { clock } of [test, late]) clock.now += 29;
    const form = redemption(code.searchParams.get('code') ?? '');
    const { access_token } = (await (await late.postForm('/token', form)).json()) as { access_token: string };
    expect(headerOf(access_token).kid).toBe(old);
    expect(await verdict(remembering, access_token)).toBe('accepted');

    test.clock.now += 629;
    expect(await verdict(remembering, access_token)).toBe('accepted');
    expect(await verdict(await startGate(test), access_token)).toBe('accepted');
    test.clock.now += 2;
    expect((await test.server.verificationKeys()).map(({ keyId }) => keyId)).not.toContain(old);
    expect(await verdict(remembering, access_token)).toBe('expired');
    expect(await verdict(await startGate(test), access_token)).toBe('unknown_key');
    expect(await test.storage.revocationMarks.after('default', 0, test.clock.now)).toEqual([]);
  });
});

describe('RS-09 a key that is retired', () => {
  it('takes its tokens with it at once: those a gate remembers, and those it never saw', async () => {
    const test = await startTestServer();
    const gate = await startGate(test);
    const [known, unknown] = [await obtainTokens(test), await obtainTokens(test)];
    const leaked = await keyIdOf(test);
    expect(await verdict(gate, known.access_token)).toBe('accepted');
    await commandLine(test).rotate({ atOnce: true });
    expect(await commandLine(test).retire(leaked)).toBe('retired');
    await vi.waitFor(async () => expect(await verdict(gate, known.access_token)).toBe('revoked'), 10_000);
    // The gate's set still has the key: it was loaded before.
    expect(await verdict(gate, unknown.access_token)).toBe('revoked');
    expect(await verdict(await startGate(test), unknown.access_token)).toBe('unknown_key');
  });

  it('is of no use to whoever has it, however long a gate cannot load its keys anew', async () => {
    const test = await startTestServer({ lifetimes: { accessTokenSeconds: 60 } });
    const gate = await startGate(test);
    const { access_token } = await obtainTokens(test);
    const leaked = await keyIdOf(test);
    expect(await verdict(gate, access_token)).toBe('accepted');
    const claims = claimsOf(access_token);
    // Whoever has the private key may say any time of issue that a gate believes.
    const forged = () => {
      const { now } = test.clock;
      return forge(test, leaked, { ...claims, jti: crypto.randomUUID(), iat: now + 30, exp: now + 3600 });
    };
    expect(await verdict(gate, await forged())).toBe('accepted');
    await test.server.keys.rotate({ atOnce: true });
    await test.server.keys.retire(leaked);
    await vi.waitFor(async () => expect(await verdict(gate, await forged())).toBe('revoked'), 10_000);
    gate.isCutOff = true;
    for (const seconds of [91, 600, 3600, DAY - 4292]) {
      test.clock.now += seconds;
      expect(await verdict(gate, await forged())).toBe('revoked');
    }
    test.clock.now += 1;
    expect(await verdict(gate, await forged())).toBe('keys_unavailable');
    gate.isCutOff = false;
    test.clock.now += DAY;
    expect(await verdict(gate, await forged())).toBe('unknown_key');
  });
});

it('TN-03 keeps the keys of tenants apart, in the JWK Set and at the gate', async () => {
  const tenant = (tenantId: string, storage?: TestServer['storage']) =>
    startTestServer(
      { tenantId, issuer: `${ISSUER}/t/${tenantId}`, configuredClients: [configuredClient('pub', { tenantId })] },
      storage,
    );
  const a = await tenant('a');
  const b = await tenant('b', a.storage);
  const gate = await startGate(a);
  const code = (await a.newBrowser().approve()).searchParams.get('code') ?? '';
  const { access_token } = (await (await a.postForm('/t/a/token', redemption(code))).json()) as {
    access_token: string;
  };
  const jwks = async (test: TestServer) =>
    ((await (await test.send(`/t/${test.options.tenantId}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    );
  const [keyOfA, keyOfB] = [await keyIdOf(a), await keyIdOf(b)];
  expect(await jwks(a)).toEqual([keyOfA]);
  expect(await jwks(b)).toEqual([keyOfB]);
  expect(await verdict(gate, access_token)).toBe('accepted');
  expect(await verdict(gate, await forge(b, keyOfB, claimsOf(access_token)))).toBe('unknown_key');
  expect(await verdict(gate, await forge(b, keyOfB, claimsOf(access_token), { kid: keyOfA }))).toBe('bad_signature');
});
