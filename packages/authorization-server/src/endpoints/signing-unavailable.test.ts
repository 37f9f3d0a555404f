import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeForm, FILES, type Form, ISSUER } from '../testing/fixtures.js';
import { createRemoteKeyService, type RemoteKeyService } from '../testing/remote-key-service.js';
import {
  claimsOf,
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// A key service in another place: it takes its time, and it fails.

let remote: RemoteKeyService;
let test: TestServer;
beforeEach(async () => {
  remote = createRemoteKeyService();
  test = await startTestServer({}, undefined, { keyService: remote });
});

const CANARY = 'canary-of-the-key-service';
const timeout = (): Error => Object.assign(new Error(`https://keys.test/${CANARY}`), { name: 'TimeoutError' });

async function expectComeBack(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.clone().text()).not.toContain(CANARY);
  await expectRefusal(response, 503, 'temporarily_unavailable');
}

async function verified({ access_token }: Tokens): Promise<Record<string, unknown>> {
  const jwks = createLocalJWKSet((await (await test.send('/jwks')).json()) as JSONWebKeySet);
  const currentDate = new Date(test.clock.now * 1000);
  const { payload } = await jwtVerify(access_token, jwks, {
    issuer: ISSUER,
    audience: FILES,
    typ: 'at+jwt',
    currentDate,
  });
  return payload;
}

it('signs each access token with one call, and nothing else', async () => {
  const proofs = remote.signed;
  const first = await obtainTokens(test);
  expect(remote.signed - proofs).toBe(1);
  const response = await test.postForm('/token', refreshing(first.refresh_token));
  expect(remote.signed - proofs).toBe(2);
  await verified(first);
  await verified((await response.json()) as Tokens);
  await expectRefusal(await test.postForm('/token', redemption('pcc_unknown')), 400, 'invalid_grant');
  expect(remote.signed - proofs).toBe(2);
});

it('keeps no private key in the store', async () => {
  const [key] = await test.storage.signingKeys.list('default');
  expect(key?.keyReference).toBe('remote:signing-keys/1');
  expect(key?.publicJwk).not.toContain('"d"');
});

describe('F-01 G2 a signer that fails', () => {
  it('consumes no code: the same one is redeemed once the signer is back', async () => {
    const code = await obtainCode(test);
    remote.failure = timeout();
    const written = test.storage.events.length;
    await expectComeBack(await test.postForm('/token', redemption(code)));
    await expectComeBack(await test.postForm('/token', redemption(code)));
    expect(test.storage.events).toHaveLength(written);
    expect(await test.storage.revocationMarks.after('default', 0, test.clock.now)).toEqual([]);
    remote.failure = undefined;
    const response = await test.postForm('/token', redemption(code));
    expect(response.status).toBe(200);
    await verified((await response.json()) as Tokens);
  });

  it('rotates no refresh token: the same one gets its first successor once the signer is back', async () => {
    const first = await obtainTokens(test);
    remote.failure = timeout();
    const written = test.storage.events.length;
    await expectComeBack(await test.postForm('/token', refreshing(first.refresh_token)));
    expect(test.storage.events).toHaveLength(written);
    // Long after any grace: had it been rotated, it would now end its grant.
    test.clock.now += 3600;
    remote.failure = undefined;
    const response = await test.postForm('/token', refreshing(first.refresh_token));
    expect(response.status).toBe(200);
    expect(test.events.at(-1)?.type).toBe('refresh_token.rotated');
    expect(claimsOf(first.access_token)['grant_id']).toBe(
      (await verified((await response.json()) as Tokens))['grant_id'],
    );
  });

  it('AZ-04 does not save a grant whose code is replayed', async () => {
    const code = await obtainCode(test);
    const redeemed = await test.postForm('/token', redemption(code));
    const { refresh_token } = (await redeemed.json()) as Tokens;
    remote.failure = timeout();
    await expectRefusal(await test.postForm('/token', redemption(code)), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization_code.replayed', reason: 'code_replayed' });
    await expectRefusal(await test.postForm('/token', redemption(code)), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'code_replayed' });
    remote.failure = undefined;
    await expectRefusal(await test.postForm('/token', refreshing(refresh_token)), 400, 'invalid_grant');
  });

  it('TK-01 does not save a grant whose refresh token is reused', async () => {
    const first = await obtainTokens(test);
    const rotated = await test.postForm('/token', refreshing(first.refresh_token));
    const { refresh_token } = (await rotated.json()) as Tokens;
    test.clock.now += 3600;
    remote.failure = timeout();
    await expectRefusal(await test.postForm('/token', refreshing(first.refresh_token)), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ type: 'refresh_token.reuse_detected', reason: 'refresh_token_reused' });
    remote.failure = undefined;
    await expectRefusal(await test.postForm('/token', refreshing(refresh_token)), 400, 'invalid_grant');
  });

  it('G3 G4 is recorded once for each request, by its kind and not by its words', async () => {
    const code = await obtainCode(test);
    remote.failure = timeout();
    test.events.length = 0;
    await test.postForm('/token', redemption(code));
    expect(test.events).toMatchObject([
      {
        type: 'token.refused',
        outcome: 'failed',
        reason: 'signing_unavailable',
        detail: 'SigningUnavailableError TimeoutError',
      },
    ]);
    expect(JSON.stringify(test.events)).not.toContain(CANARY);
  });
});

it('F-01 redeems a code once though twenty wait for the signer at the same time', async () => {
  const code = await obtainCode(test);
  const waiting: (() => void)[] = [];
  remote.beforeSigning = () => new Promise((resolve) => void waiting.push(resolve));
  const answers = Array.from({ length: 20 }, () => test.postForm('/token', redemption(code)));
  while (waiting.length < 20) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const release of waiting) release();
  const statuses = (await Promise.all(answers)).map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 400)]);
});

it('serves everything that needs no signature while the signer is down', async () => {
  remote.failure = timeout();
  for (const path of ['/jwks', '/.well-known/oauth-authorization-server']) {
    expect((await test.send(path)).status).toBe(200);
  }
  const request: Form = { grant_type: 'authorization_code', client_id: 'pub', code: 'pcc_unknown' };
  expect((await test.send('/token', { method: 'POST', body: encodeForm(request) })).status).not.toBe(503);
  expect(await obtainCode(test)).not.toBe('');
});
