import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { forgeWithExponentOne } from '@portcullis/ports/testing';
import { type DpopRefusal, describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_GRANTS } from '../grants/index.js';
import { assertionFields, conf, KEYS, ownName, signAssertion } from '../testing/client-assertions.js';
import { makeProof, OTHER_KEY, PROOF_KEY, type ProofChanges, proofHeader } from '../testing/dpop-proofs.js';
import { clients, configuredClient, type Form, ISSUER, SECRET } from '../testing/fixtures.js';
import { provider } from '../testing/identity-provider.js';
import type { TestBrowser } from '../testing/test-browser.js';
import { claimsOf, expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const withSecret = clients.find(({ clientId }) => clientId === 'bas');
const svc = configuredClient('svc', {
  ...withSecret,
  clientId: 'svc',
  grantTypes: ['client_credentials'],
  redirectUris: [],
});
const options = { configuredClients: [...clients, svc] };
const NONCE_SECRET = new Uint8Array(32).fill(9);
const withNonces = { ...options, dpop: { requireNonce: true, nonceSecret: NONCE_SECRET } };
const basic = (clientId: string, secret = SECRET) => ({ authorization: `Basic ${btoa(`${clientId}:${secret}`)}` });

const formType = { 'content-type': 'application/x-www-form-urlencoded' };
const encode = (form: Form) => new URLSearchParams(form as Record<string, string>);

/** Asks for a token in the name of a client, which takes nothing but the proof. Limits count by client and network. */
const ask = (test: TestServer, proof: string | undefined, credentials = basic('svc'), network = '192.0.2.1') => {
  const headers = { ...formType, ...credentials, ...(proof === undefined ? {} : { dpop: proof }) };
  return test.send('/token', { method: 'POST', headers, body: encode(ownName()) }, { network });
};
const tokensOf = async (response: Response): Promise<Tokens> => {
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
};

describe('PD-02 an invalid proof', () => {
  let test: TestServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    test = await startTestServer(options);
    browser = test.newBrowser();
  });

  /** Sends the header as it is. */
  const post = (form: Form, ...dpop: readonly string[]): Promise<Response> => {
    const headers = new Headers(formType);
    for (const proof of dpop) headers.append('dpop', proof);
    return test.send('/token', { method: 'POST', headers, body: encode(form) });
  };

  /** Neither a code nor a refresh token is used up by it. */
  async function expectNothingUsed(makeHeaders: () => Promise<readonly string[]>, reason: DpopRefusal): Promise<void> {
    const redeem = redemption(await obtainCode(test, {}, browser));
    const refused = await post(redeem, ...(await makeHeaders()));
    const { error_description: words } = (await refused.clone().json()) as { error_description: string };
    expect(words).toBe(describeDpopRefusal(reason, `${ISSUER}/token`));
    await expectRefusal(refused, 400, 'invalid_dpop_proof');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', outcome: 'refused', reason, clientId: 'pub' });
    const { refresh_token: refreshToken } = await tokensOf(await post(redeem, await makeProof(test)));
    await expectRefusal(await post(refreshing(refreshToken), ...(await makeHeaders())), 400, 'invalid_dpop_proof');
    await tokensOf(await post(refreshing(refreshToken), await makeProof(test)));
    expect(test.events.at(-1)?.type).toBe('refresh_token.rotated');
  }

  const type = 'dpop_proof_type_refused';
  const algorithm = 'dpop_proof_algorithm_refused';
  const key = 'dpop_proof_key_refused';
  const missing = 'dpop_proof_claim_missing';
  const url = 'dpop_proof_url_mismatch';
  const now = 1_800_000_000;
  it.each<[string, ProofChanges, DpopRefusal]>([
    ['of no type', { header: { typ: undefined } }, type],
    ['of the type JWT', { header: { typ: 'JWT' } }, type],
    ['without algorithm', { header: { alg: undefined } }, algorithm],
    ['of the algorithm none', { header: { alg: 'none' } }, algorithm],
    ['of the algorithm HS256', { header: { alg: 'HS256' } }, algorithm],
    ['without key', { header: { jwk: undefined } }, key],
    ['with a symmetric key', { header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } }, key],
    ['with a private key', { header: { jwk: PROOF_KEY.privateJwk } }, key],
    ['of another key than the one it names', { header: { jwk: OTHER_KEY.jwk } }, 'dpop_proof_signature_wrong'],
    ['for GET', { claims: { htm: 'GET' } }, 'dpop_proof_method_mismatch'],
    ['for no method', { claims: { htm: undefined } }, missing],
    ['for another path', { claims: { htu: `${ISSUER}/revoke` } }, url],
    ['for another host', { claims: { htu: 'https://other.test/token' } }, url],
    ['for an address with a query', { claims: { htu: `${ISSUER}/token?a=b` } }, url],
    ['for no address', { claims: { htu: undefined } }, missing],
    ['of 61 seconds ago', { claims: { iat: now - 61 } }, 'dpop_proof_outside_window'],
    ['of 61 seconds ahead', { claims: { iat: now + 61 } }, 'dpop_proof_outside_window'],
    ['of no time', { claims: { iat: undefined } }, missing],
    ['past its exp', { claims: { exp: now - 60 } }, 'dpop_proof_not_valid_now'],
    ['before its nbf', { claims: { nbf: now + 61 } }, 'dpop_proof_not_valid_now'],
    ['without id', { claims: { jti: undefined } }, missing],
  ])('PD-02 %s is refused, and nothing is used up', async (_title, changes, reason) => {
    await expectNothingUsed(async () => [await makeProof(test, changes)], reason);
  });

  it('PD-02 that anyone can write, by a key with an exponent of 1, is refused, and nothing is used up', async () => {
    const { kty = '', n = '' } = KEYS.RS256.publicJwk;
    const claims = { jti: 'forged', htm: 'POST', htu: `${ISSUER}/token`, iat: now };
    const proof = await forgeWithExponentOne({ typ: 'dpop+jwt', jwk: { kty, n, e: 'AQ' } }, claims);
    await expectNothingUsed(async () => [proof], key);
  });

  it('PD-02 in two headers is refused, and nothing is used up', async () => {
    const two = async () => [await makeProof(test), await makeProof(test)];
    await expectNothingUsed(two, 'dpop_proof_repeated');
  });

  it.each(['', 'garbage', 'a.b.c'])('PD-02 that is %j is refused, and nothing is used up', async (text) => {
    await expectNothingUsed(async () => [text], 'dpop_proof_malformed');
  });

  it('PD-02 comes before a wrong code and before the client, and after the grant type', async () => {
    const bad = { dpop: 'garbage' };
    await expectRefusal(await test.postForm('/token', redemption('pcc_none'), bad), 400, 'invalid_dpop_proof');
    await expectRefusal(await ask(test, 'garbage', basic('svc', 'wrong')), 400, 'invalid_dpop_proof');
    await expectRefusal(await ask(test, await makeProof(test), basic('svc', 'wrong')), 401, 'invalid_client');
    await expectRefusal(await ask(test, await makeProof(test), basic('bas')), 400, 'unauthorized_client');
    await expectRefusal(await test.postForm('/token', { grant_type: 'none' }, bad), 400, 'unsupported_grant_type');
  });

  it('G1 G3 is told of without a word of its own', async () => {
    const proof = await makeProof(test, { claims: { htu: 'https://canary.test/', jti: 'canary-of-the-id' } });
    const response = await ask(test, proof);
    const said = (await response.text()) + JSON.stringify([test.events, [...response.headers]]);
    expect(response.status).toBe(400);
    for (const canary of ['canary', proof, PROOF_KEY.jwk.x ?? '-']) expect(said).not.toContain(canary);
  });
});

describe('PD-03 a proof that was used', () => {
  let storage: MemoryStorage;
  let test: TestServer;
  let replica: TestServer;
  beforeEach(async () => {
    storage = createMemoryStorage();
    test = await startTestServer(options, storage);
    replica = await startTestServer(options, storage);
  });

  const expectReplayed = async (server: TestServer, proof: string): Promise<void> => {
    await expectRefusal(await ask(server, proof), 400, 'invalid_dpop_proof');
    expect(server.events.at(-1)?.reason).toBe('dpop_proof_replayed');
  };

  it('PD-03 is refused here and on the second replica', async () => {
    const proof = await makeProof(test);
    await tokensOf(await ask(test, proof));
    await expectReplayed(test, proof);
    await expectReplayed(replica, proof);
  });

  it('PD-03 lets one of twenty through, on two replicas at once', async () => {
    const proof = await makeProof(test);
    const servers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? test : replica));
    const statuses = (await Promise.all(servers.map((server) => ask(server, proof)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array<number>(19).fill(400)]);
  });

  it.each([-60, 0, 60])('PD-03 is refused when the clock is set back by 30 s, made %i s from now', async (ahead) => {
    const start = test.clock.now;
    const proof = await makeProof(test, { claims: { iat: start + ahead } });
    await tokensOf(await ask(test, proof));
    for (let later = 0; later <= 240; later += 1) {
      test.clock.now = start + later;
      await storage.sweep('default', test.clock.now);
      test.clock.now -= 30;
      const response = await ask(test, proof, basic('svc'), `192.0.2.${later}`);
      expect(response.status, `${later} s later`).toBe(400);
      expect((await response.json()) as object).toMatchObject({ error: 'invalid_dpop_proof' });
    }
  });

  it('PD-03 is refused by a replica that is behind by the tolerance, after one ahead of it by as much has tidied up', async () => {
    const start = test.clock.now;
    const proof = await makeProof(test);
    await tokensOf(await ask(test, proof));
    for (const later of [30, 60, 61, 90, 91, 120]) {
      await storage.sweep('default', start + later + 30);
      replica.clock.now = start + later - 30;
      await expectRefusal(await ask(replica, proof), 400, 'invalid_dpop_proof');
    }
  });

  it('PD-03 is another one with another key, though the id is the same', async () => {
    const claims = { jti: 'the-same' };
    await tokensOf(await ask(test, await makeProof(test, { claims })));
    await tokensOf(await ask(test, await makeProof(test, { claims, key: OTHER_KEY })));
    await expectReplayed(test, await makeProof(test, { claims }));
  });

  it('PD-03 was not used where the client did not prove who it is', async () => {
    const proof = await makeProof(test);
    await expectRefusal(await ask(test, proof, basic('svc', 'wrong')), 401, 'invalid_client');
    await tokensOf(await ask(test, proof));
  });
});

describe('PD-05 where proofs need a nonce', () => {
  let test: TestServer;
  let replica: TestServer;
  beforeEach(async () => {
    const storage = createMemoryStorage();
    test = await startTestServer(withNonces, storage);
    replica = await startTestServer(withNonces, storage);
  });

  /** Refused for its nonce; the one to take instead. */
  async function expectNonce(response: Response, server: TestServer, reason: string): Promise<string> {
    const nonce = response.headers.get('dpop-nonce') ?? '';
    expect(nonce).not.toBe('');
    expect(response.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce');
    await expectRefusal(response, 400, 'use_dpop_nonce');
    expect(server.events.at(-1)).toMatchObject({ type: 'token.refused', reason });
    return nonce;
  }

  it('PD-05 one without is told the nonce, and is good with it, on the other replica too', async () => {
    const claims = { jti: 'the-same' };
    const response = await ask(test, await makeProof(test, { claims }));
    const nonce = await expectNonce(response, test, 'dpop_nonce_missing');
    const again = await ask(replica, await makeProof(test, { claims: { ...claims, nonce } }));
    expect(again.headers.get('dpop-nonce')).toBe(nonce);
    expect(claimsOf((await tokensOf(again)).access_token)['cnf']).toEqual({ jkt: PROOF_KEY.thumbprint });
  });

  it('PD-05 a nonce goes stale, and a fresh one comes with every answer', async () => {
    const first = await expectNonce(await ask(test, await makeProof(test)), test, 'dpop_nonce_missing');
    test.clock.now += 60;
    const answer = await ask(test, await makeProof(test, { claims: { nonce: first } }));
    const second = answer.headers.get('dpop-nonce') ?? '';
    await tokensOf(answer);
    expect(second).not.toBe(first);
    test.clock.now += 240;
    const stale = await ask(test, await makeProof(test, { claims: { nonce: first } }));
    const third = await expectNonce(stale, test, 'dpop_nonce_stale');
    for (const nonce of [second, third]) await tokensOf(await ask(test, await makeProof(test, { claims: { nonce } })));
  });

  it('PD-05 a nonce that was made up is none of ours, be it of this very minute', async () => {
    const newest = await expectNonce(await ask(test, await makeProof(test)), test, 'dpop_nonce_missing');
    const [slot = '', code = ''] = newest.split('.');
    const wrong = `${slot}.${code.startsWith('A') ? 'B' : 'A'}${code.slice(1)}`;
    for (const nonce of ['made-up', wrong, `${slot}.`, slot]) {
      await expectNonce(await ask(test, await makeProof(test, { claims: { nonce } })), test, 'dpop_nonce_stale');
    }
    await tokensOf(await ask(test, await makeProof(test, { claims: { nonce: newest } })));
  });

  it('PD-05 uses up neither code nor refresh token', async () => {
    const redeem = redemption(await obtainCode(test));
    const nonce = await expectNonce(
      await test.postForm('/token', redeem, await proofHeader(test)),
      test,
      'dpop_nonce_missing',
    );
    const good = () => proofHeader(test, { claims: { nonce } });
    const { refresh_token: refreshToken } = await tokensOf(await test.postForm('/token', redeem, await good()));
    const bare = await test.postForm('/token', refreshing(refreshToken), await proofHeader(test));
    await expectNonce(bare, test, 'dpop_nonce_missing');
    await tokensOf(await test.postForm('/token', refreshing(refreshToken), await good()));
  });

  it('PD-05 costs a client no assertion: the same one is good with the nonce that it was told', async () => {
    const server = await startTestServer({ ...withNonces, configuredClients: [conf] });
    const form = ownName({ ...assertionFields(await signAssertion(server)) });
    const bare = await server.postForm('/token', form, await proofHeader(server));
    const nonce = await expectNonce(bare, server, 'dpop_nonce_missing');
    await tokensOf(await server.postForm('/token', form, await proofHeader(server, { claims: { nonce } })));
  });

  it('PD-05 an invalid proof is called one, with a nonce or without', async () => {
    await expectRefusal(await ask(test, await makeProof(test, { claims: { htm: 'GET' } })), 400, 'invalid_dpop_proof');
  });

  it('PD-05 a client that sends none gets a token that is bound to none, as before', async () => {
    const answer = await ask(test, undefined);
    expect(answer.headers.get('dpop-nonce')).not.toBeNull();
    expect(claimsOf((await tokensOf(answer)).access_token)).not.toHaveProperty('cnf');
  });

  it('PD-05 there is none where none is needed, and one that comes is let be', async () => {
    const plain = await startTestServer(options);
    const answer = await ask(plain, await makeProof(plain, { claims: { nonce: 'made-up' } }));
    expect(answer.headers.get('dpop-nonce')).toBeNull();
    await tokensOf(answer);
  });
});

describe('a client whose access tokens have to be bound', () => {
  it.each(TOKEN_GRANTS.map(({ grantType }) => grantType))('gets none by %s without a proof', async (grantType) => {
    const test = await startTestServer({ assertionIssuers: [provider] });
    const bound = configuredClient('bound', {
      ...withSecret,
      clientId: 'bound',
      source: 'registered',
      grantTypes: TOKEN_GRANTS.map((grant) => grant.grantType),
      dpopBoundAccessTokens: true,
    });
    const event = { type: 'client.registered', outcome: 'allowed', tenantId: 'default' } as const;
    await test.storage.clients.register(bound, { ...event, occurredAtEpochSeconds: test.clock.now });
    const form = { grant_type: grantType, code: 'x', refresh_token: 'x', device_code: 'x', assertion: 'x' };
    await expectRefusal(await test.postForm('/token', form, basic('bound')), 400, 'invalid_dpop_proof');
    expect(test.events.at(-1)).toMatchObject({
      type: 'token.refused',
      reason: 'dpop_proof_missing',
      clientId: 'bound',
    });
  });
});

it('lets scripts of any origin send a proof and read the nonce', async () => {
  const test = await startTestServer(withNonces);
  const preflight = await test.send('/token', { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')?.split(', ')).toContain('DPoP');
});
