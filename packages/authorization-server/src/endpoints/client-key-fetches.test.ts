import type { UntrustedFetchResult } from '@portcullis/ports';
import { fail } from '@portcullis/protocol';
import { beforeEach, expect, it } from 'vitest';
import { assertionFields, conf, KEYS, signAssertion } from '../testing/client-assertions.js';
import { clients, encodeForm } from '../testing/fixtures.js';
import { createScriptedFetch, type ScriptedFetch } from '../testing/scripted-fetch.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// Whoever names a client has its keys fetched before anything is proven.

/** What the default allows a network in a minute. */
const POINTS = 30;
/** What may be under way at once for clients that nobody vouched for. */
const AT_ONCE = 32;

const VOUCHED_FOR = { ...conf, jwks: undefined, jwksUri: 'https://vouched.test/jwks' };

let network: ScriptedFetch;
let test: TestServer;
beforeEach(async () => {
  network = createScriptedFetch();
  await start(network.untrustedFetch);
});

async function start(untrustedFetch: ScriptedFetch['untrustedFetch']): Promise<void> {
  test = await startTestServer({ configuredClients: [...clients, VOUCHED_FOR] }, undefined, { untrustedFetch });
}

/** A client that registers itself, each from a network of its own, with keys at an address of its own. */
async function register(index: number): Promise<string> {
  const metadata = {
    redirect_uris: ['https://app.test/cb'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `https://host${index}.test/jwks`,
  };
  const response = await test.postJson('/register', metadata, `203.0.113.${index}`);
  expect(response.status).toBe(201);
  return ((await response.json()) as { client_id: string }).client_id;
}

let codes = 0;
/** An assertion that names the client. Another code with each, so that the limit on codes never speaks. */
async function present(clientId: string, from = '192.0.2.1', path = '/token'): Promise<Response> {
  codes += 1;
  const assertion = await signAssertion(test, { claims: { iss: clientId, sub: clientId } });
  return test.send(
    path,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: encodeForm(
        redemption(`pcc_${codes}`, { client_id: undefined, token: `pcr_${codes}`, ...assertionFields(assertion) }),
      ),
    },
    { network: from },
  );
}

it('DC-05 GW-17 fetches keys for one network no more often than its limit says, at either endpoint', async () => {
  const ids = await Promise.all(Array.from({ length: POINTS + 2 }, (_, index) => register(index)));
  const [first = '', second = '', ...others] = ids;
  for (const [index, id] of others.entries()) {
    await expectRefusal(await present(id, undefined, index % 2 === 0 ? '/token' : '/revoke'), 401, 'invalid_client');
  }
  expect(network.requests).toHaveLength(POINTS);
  for (const path of ['/token', '/revoke']) {
    const limited = await present(first, undefined, path);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectRefusal(limited, 429, 'temporarily_unavailable');
  }
  expect(test.events.at(-1)).toMatchObject({
    type: 'rate_limit.exceeded',
    rule: 'client_keys_per_network',
    clientId: first,
  });
  expect(network.requests).toHaveLength(POINTS);

  // Another network, a client somebody vouched for, one whose keys are held, and the next minute.
  network.answers.set('https://host0.test/jwks', { json: { keys: [KEYS.ES256.publicJwk] } });
  network.answers.set(VOUCHED_FOR.jwksUri, { json: { keys: [KEYS.ES256.publicJwk] } });
  await expectRefusal(await present(first, '198.51.100.7'), 400, 'invalid_grant');
  await expectRefusal(await present('conf'), 400, 'invalid_grant');
  await expectRefusal(await present(first), 400, 'invalid_grant');
  await expectRefusal(await present(second), 429, 'temporarily_unavailable');
  test.clock.now += 60;
  await expectRefusal(await present(second), 401, 'invalid_client');
});

it('DC-05 leaves most places out to others, however many slow hosts strangers name', async () => {
  const ids = await Promise.all(Array.from({ length: AT_ONCE + 1 }, (_, index) => register(index)));
  const asked: string[] = [];
  const slow: ((result: UntrustedFetchResult) => void)[] = [];
  test = await startTestServer(test.options, test.storage, {
    untrustedFetch: ({ url }) => {
      asked.push(url);
      return new Promise((resolve) => slow.push(resolve));
    },
  });
  const waiting = ids.slice(0, AT_ONCE).map((id, index) => present(id, `203.0.113.${index}`));
  await expect.poll(() => asked.length).toBe(AT_ONCE);

  const last = ids.at(-1) ?? '';
  const limited = await present(last, '198.51.100.7');
  expect(limited.headers.get('retry-after')).toBe('5');
  await expectRefusal(limited, 429, 'temporarily_unavailable');
  const vouchedFor = present('conf');
  await expect.poll(() => asked.at(-1)).toBe(VOUCHED_FOR.jwksUri);

  for (const end of slow) end(fail('timed_out'));
  for (const response of waiting) await expectRefusal(await response, 401, 'invalid_client');
  await expectRefusal(await vouchedFor, 503, 'temporarily_unavailable');
  const later = present(last, '198.51.100.7');
  await expect.poll(() => asked.length).toBe(AT_ONCE + 2);
  slow.at(-1)?.(fail('timed_out'));
  await expectRefusal(await later, 401, 'invalid_client');
});

it('F-05 answers a client of the operator with 503 while its keys cannot be had: nothing was judged, or used up', async () => {
  network.answers.set(VOUCHED_FOR.jwksUri, { status: 500 });
  const failuresInAMinute = 20;
  const assertion = assertionFields(await signAssertion(test, { claims: { iss: 'conf', sub: 'conf' } }));
  const ask = (path: string, index: number) => {
    const form = redemption(`pcc_${index}`, { client_id: undefined, token: `pcr_${index}`, ...assertion });
    return test.postForm(path, form);
  };
  // More often than a client may be wrong, and at whichever endpoint a client proves itself.
  const paths = ['/token', '/revoke', '/par', '/device_authorization'];
  for (let index = 0; index <= failuresInAMinute; index += 1) {
    const response = await ask(paths[index % paths.length] ?? '', index);
    expect(response.headers.get('retry-after')).toBe('30');
    await expectRefusal(response, 503, 'temporarily_unavailable');
    expect(test.events.at(-1)).toMatchObject({
      type: 'client.authentication_failed',
      outcome: 'failed',
      reason: 'vouched_client_keys_unavailable',
      clientId: 'conf',
      detail: 'status_500',
    });
  }
  expect(network.requests).toHaveLength(1);
  network.answers.set(VOUCHED_FOR.jwksUri, { json: { keys: [KEYS.ES256.publicJwk] } });
  test.clock.now += 30;
  await expectRefusal(await ask('/token', failuresInAMinute + 1), 400, 'invalid_grant');
  expect(test.events.at(-1)?.reason).toBe('code_unknown');
});
