import { createMemoryStorage } from '@portcullis/ports/memory';
import { forgeWithExponentOne, padRsaKey, weakenRsaKey } from '@portcullis/ports/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AssertionChanges,
  assertionFields,
  conf,
  jwksOf,
  KEYS,
  makeTestKey,
  ownName,
  signAssertion,
} from '../testing/client-assertions.js';
import { clients, configuredClient, type Form, ISSUER, SECRET } from '../testing/fixtures.js';
import { expectRefusal } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const storage = createMemoryStorage();
const strangersKey = await makeTestKey('ES256', 'es');
let test: TestServer;

beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, conf] }, storage);
});
afterEach(() => vi.restoreAllMocks());

const ask = async (changes: AssertionChanges = {}, form: Form = {}, headers: Record<string, string> = {}) =>
  test.postForm('/token', ownName({ ...assertionFields(await signAssertion(test, changes)), ...form }), headers);
const lastReason = () => test.events.at(-1)?.reason;
const now = 1_800_000_000;

/** Header and claims as they are given, whatever signs them. */
const assemble = (header: object | string, claims: object | string, signature = 'AAAA') =>
  [header, claims]
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.');
const good = { iss: 'conf', sub: 'conf', aud: ISSUER, exp: now + 60 };

async function signWithPublicKey(text: string): Promise<string> {
  const secret = new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const unsigned = assemble({ alg: 'HS256', kid: 'es' }, { ...good, jti: crypto.randomUUID() }).replace(/AAAA$/, '');
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(unsigned.slice(0, -1)));
  return unsigned + Buffer.from(signature).toString('base64url');
}

describe('what is accepted', () => {
  it.each([['\n'], [' \r\n\t']])('whitespace around it, as a shell adds it: %j', async (around) => {
    const { client_assertion, ...rest } = assertionFields(await signAssertion(test));
    const form = ownName({ ...rest, client_assertion: `${around}${client_assertion}${around}` });
    expect((await test.postForm('/token', form)).status).toBe(200);
    expect((await test.postForm('/token', ownName({ ...rest, client_assertion }))).status).toBe(401);
    expect(lastReason()).toBe('client_assertion_replayed');
  });

  it.each(Object.entries(KEYS))('a signature by %s', async (_title, key) => {
    expect((await ask({ key })).status).toBe(200);
  });

  it.each<[string, AssertionChanges]>([
    ['the name Ed25519 for EdDSA', { key: KEYS.EdDSA, header: { alg: 'Ed25519' } }],
    ['typ JWT', { header: { typ: 'JWT' } }],
    ['typ client-authentication+jwt', { header: { typ: 'client-authentication+jwt' } }],
    ['typ as a whole media type', { header: { typ: 'application/client-authentication+jwt' } }],
    ['no kid', { header: { kid: undefined } }],
    ['a list of the one audience', { claims: { aud: [ISSUER] } }],
    ['no iat', { claims: { iat: undefined } as never }],
    ['a clock 30 s ahead', { claims: { iat: now + 30, nbf: now + 30, exp: now + 330 } }],
    ['a clock 29 s behind', { claims: { iat: now - 89, exp: now - 29 } }],
    ['times with a fraction', { claims: { iat: now - 0.5, exp: now + 59.5 } }],
    ['an nbf long ago', { claims: { nbf: now - 3600 } }],
  ])('%s', async (_title, changes) => {
    expect((await ask(changes)).status).toBe(200);
  });

  it.each<[string, Form]>([
    ['its client_id beside it', { client_id: 'conf' }],
    ['no client_id', { client_id: undefined }],
    ['an empty client_secret, which is none', { client_secret: '' }],
  ])('an assertion with %s', async (_title, form) => {
    expect((await ask({}, form)).status).toBe(200);
  });
});

describe('AZ-16 assertions that prove nothing', () => {
  const cases: readonly (readonly [string, AssertionChanges, string])[] = [
    ['aud of another server', { claims: { aud: 'https://other.test' } }, 'client_assertion_audience_wrong'],
    ['aud a list of two', { claims: { aud: [ISSUER, 'https://other.test'] } }, 'client_assertion_audience_wrong'],
    ['aud an empty list', { claims: { aud: [] } }, 'client_assertion_audience_wrong'],
    [
      'aud the token URL of another tenant',
      { claims: { aud: `${ISSUER}/t/b/token` } },
      'client_assertion_audience_wrong',
    ],
    ['aud the issuer of another tenant', { claims: { aud: `${ISSUER}/t/b` } }, 'client_assertion_audience_wrong'],
    ['aud our own token URL', { claims: { aud: `${ISSUER}/token` } }, 'client_assertion_audience_wrong'],
    ['aud the issuer with a slash', { claims: { aud: `${ISSUER}/` } }, 'client_assertion_audience_wrong'],
    ['aud the issuer in upper case', { claims: { aud: 'https://AS.test' } }, 'client_assertion_audience_wrong'],
    ['no aud', { claims: { aud: undefined } as never }, 'client_assertion_audience_wrong'],
    ['iss of another client', { claims: { iss: 'pub' } }, 'client_assertion_subject_mismatch'],
    ['sub of another client', { claims: { sub: 'pub' } }, 'client_assertion_subject_mismatch'],
    ['iss and sub of a public client', { claims: { iss: 'pub', sub: 'pub' } }, 'client_method_mismatch'],
    ['iss and sub of a client with a secret', { claims: { iss: 'bas', sub: 'bas' } }, 'client_method_mismatch'],
    ['iss and sub of nobody', { claims: { iss: 'nobody', sub: 'nobody' } }, 'client_unknown'],
    ['no iss', { claims: { iss: undefined } as never }, 'client_assertion_claim_missing'],
    ['no sub', { claims: { sub: undefined } as never }, 'client_assertion_claim_missing'],
    ['no jti', { claims: { jti: undefined } as never }, 'client_assertion_claim_missing'],
    ['an empty jti', { claims: { jti: '' } }, 'client_assertion_claim_missing'],
    ['a jti that is a number', { claims: { jti: 7 } as never }, 'client_assertion_claim_missing'],
    ['no exp', { claims: { exp: undefined } as never }, 'client_assertion_claim_missing'],
    ['an exp that is a text', { claims: { exp: `${now + 60}` } as never }, 'client_assertion_claim_missing'],
    ['an exp more than 5 min ahead', { claims: { exp: now + 301 } }, 'client_assertion_lifetime_too_long'],
    ['an exp that is past', { claims: { exp: now - 30 } }, 'client_assertion_expired'],
    ['an iat ahead', { claims: { iat: now + 31 } }, 'client_assertion_not_yet_valid'],
    ['an iat that is a text', { claims: { iat: 'now' } as never }, 'client_assertion_malformed'],
    ['an iat long ago', { claims: { iat: now - 331 } }, 'client_assertion_lifetime_too_long'],
    ['an nbf ahead', { claims: { nbf: now + 31 } }, 'client_assertion_not_yet_valid'],
    ['typ at+jwt', { header: { typ: 'at+jwt' } }, 'client_assertion_type_refused'],
    ['typ dpop+jwt', { header: { typ: 'dpop+jwt' } }, 'client_assertion_type_refused'],
    ['an unknown kid', { header: { kid: 'other' } }, 'client_key_unknown'],
    ['a kid that is a number', { header: { kid: 1 } }, 'client_key_unknown'],
    ['the kid of a key of another kind', { header: { kid: 'rs' } }, 'client_key_unknown'],
    ['a key of a stranger', { key: strangersKey }, 'client_assertion_signature_wrong'],
    [
      'a key of a stranger, not named',
      { key: strangersKey, header: { kid: undefined } },
      'client_assertion_signature_wrong',
    ],
  ];
  it.each(cases)('AZ-16 refuses %s, and what is right works on', async (_title, changes, reason) => {
    const jti = crypto.randomUUID();
    await expectRefusal(await ask({ ...changes, claims: { jti, ...changes.claims } }), 401, 'invalid_client');
    expect(test.events.at(-1)).toMatchObject({ type: 'client.authentication_failed', reason });
    expect((await ask({ claims: { jti } })).status).toBe(200);
  });

  const jti = 'j';
  it.each<[string, string | (() => Promise<string>), string]>([
    ['alg none', assemble({ alg: 'none' }, { ...good, jti }, ''), 'client_assertion_algorithm_refused'],
    ['alg none, with a signature', assemble({ alg: 'none' }, { ...good, jti }), 'client_assertion_algorithm_refused'],
    ['alg NONE', assemble({ alg: 'NONE' }, { ...good, jti }), 'client_assertion_algorithm_refused'],
    ['no alg', assemble({}, { ...good, jti }), 'client_assertion_algorithm_refused'],
    ['alg RS512', assemble({ alg: 'RS512' }, { ...good, jti }), 'client_assertion_algorithm_refused'],
    ['ES256 without a signature', assemble({ alg: 'ES256' }, { ...good, jti }, ''), 'client_assertion_signature_wrong'],
    [
      'HS256 with the public key',
      () => signWithPublicKey(JSON.stringify(KEYS.ES256.publicJwk)),
      'client_assertion_algorithm_refused',
    ],
    ['HS256 with the whole set', () => signWithPublicKey(conf.jwks ?? ''), 'client_assertion_algorithm_refused'],
    ['crit', assemble({ alg: 'ES256', crit: ['x'], x: 1 }, { ...good, jti }), 'client_assertion_header_critical'],
    ['b64', assemble({ alg: 'ES256', b64: false }, { ...good, jti }), 'client_assertion_header_critical'],
    ['two parts', 'e30.e30', 'client_assertion_malformed'],
    ['four parts', `${assemble({ alg: 'ES256' }, { ...good, jti })}.AAAA`, 'client_assertion_malformed'],
    ['five parts', 'e30.e30.AAAA.AAAA.AAAA', 'client_assertion_malformed'],
    ['no base64url', '%%%.e30.AAAA', 'client_assertion_malformed'],
    ['padding', `${assemble({ alg: 'ES256' }, { ...good, jti })}==`, 'client_assertion_malformed'],
    ['a header that is a list', assemble('[]', good), 'client_assertion_malformed'],
    ['claims that are a text', assemble({ alg: 'ES256' }, '"conf"'), 'client_assertion_malformed'],
    ['claims that are null', assemble({ alg: 'ES256' }, 'null'), 'client_assertion_malformed'],
    ['a claim twice', assemble({ alg: 'ES256' }, '{"sub":"conf","sub":"pub"}'), 'client_assertion_malformed'],
    ['a member __proto__', assemble('{"alg":"ES256","__proto__":{}}', good), 'client_assertion_malformed'],
    [
      'a depth of 1000',
      assemble({ alg: 'ES256' }, `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`),
      'client_assertion_malformed',
    ],
    [
      'more than 8 KiB',
      assemble({ alg: 'ES256' }, { ...good, jti, pad: 'x'.repeat(8192) }),
      'client_assertion_malformed',
    ],
    ['a text', 'assertion', 'client_assertion_malformed'],
  ])('AZ-16 refuses %s', async (_title, assertion, reason) => {
    const text = typeof assertion === 'string' ? assertion : await assertion();
    await expectRefusal(await test.postForm('/token', ownName(assertionFields(text))), 401, 'invalid_client');
    expect(lastReason()).toBe(reason);
    expect((await ask()).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>]>([
    ['jwk', { jwk: strangersKey.publicJwk }],
    ['jku', { jku: 'https://evil.test/jwks' }],
    ['x5u', { x5u: 'https://evil.test/cert' }],
    ['x5c', { x5c: ['AAAA'] }],
  ])('AZ-16 never looks at the header member %s', async (_title, header) => {
    await expectRefusal(await ask({ key: strangersKey, header }), 401, 'invalid_client');
    expect(lastReason()).toBe('client_assertion_signature_wrong');
    expect((await ask({ header })).status).toBe(200);
  });

  it('AZ-16 refuses claims that were changed after signing', async () => {
    const [header, , signature] = (await signAssertion(test)).split('.');
    const claims = Buffer.from(JSON.stringify({ ...good, jti: 'changed' })).toString('base64url');
    const response = await test.postForm('/token', ownName(assertionFields([header, claims, signature].join('.'))));
    await expectRefusal(response, 401, 'invalid_client');
    expect(lastReason()).toBe('client_assertion_signature_wrong');
  });

  it('AZ-16 refuses an algorithm that the key is not for', async () => {
    const pinned = { ...KEYS.RS256, publicJwk: { ...KEYS.RS256.publicJwk, alg: 'PS256' } };
    test = await startTestServer({ configuredClients: [{ ...conf, jwks: jwksOf(pinned) }] });
    await expectRefusal(await ask({ key: KEYS.RS256 }), 401, 'invalid_client');
    expect(lastReason()).toBe('client_key_unknown');
  });

  it.each(weakenRsaKey(KEYS.RS256.publicJwk))('AZ-16 knows no RSA key with %s', async (_title, publicJwk) => {
    const weak = { ...KEYS.RS256, publicJwk };
    test = await startTestServer({ configuredClients: [{ ...conf, jwks: jwksOf(KEYS.ES256, weak) }] });
    const forged = await forgeWithExponentOne({ kid: 'rs' }, { ...good, jti: crypto.randomUUID() });
    for (const response of [
      await test.postForm('/token', ownName(assertionFields(forged))),
      await ask({ key: KEYS.RS256 }),
    ]) {
      await expectRefusal(response, 401, 'invalid_client');
      expect(lastReason()).toBe('client_key_unknown');
    }
    expect((await ask()).status).toBe(200);
  });

  it('AZ-16 knows an RSA key that is stored with leading zeros', async () => {
    const padded = { ...KEYS.RS256, publicJwk: padRsaKey(KEYS.RS256.publicJwk) };
    test = await startTestServer({ configuredClients: [{ ...conf, jwks: jwksOf(padded) }] });
    expect((await ask({ key: KEYS.RS256 })).status).toBe(200);
  });

  it.each([
    undefined,
    '',
    'urn:x',
    'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    'URN:ietf:params:oauth:client-assertion-type:jwt-bearer',
  ])('AZ-16 refuses the client_assertion_type %s', async (client_assertion_type) => {
    await expectRefusal(await ask({}, { client_assertion_type }), 401, 'invalid_client');
    const how = client_assertion_type === undefined || client_assertion_type === '' ? 'missing' : 'not that of a JWT';
    const detail = `client_assertion_type: ${how}`;
    expect(test.events.at(-1)).toMatchObject({ reason: 'client_assertion_malformed', detail });
  });

  it.each<[string, AssertionChanges, string]>([
    ['no jti', { claims: { jti: undefined } as never }, 'jti: missing'],
    ['an exp that is a text', { claims: { exp: '1' } as never }, 'exp: malformed'],
    ['typ at+jwt', { header: { typ: 'at+jwt' } }, 'typ: not that of such an assertion'],
  ])('AZ-16 says whose assertion has %s, though nothing else names the client', async (_title, changes, detail) => {
    await expectRefusal(await ask(changes, { client_id: undefined }), 401, 'invalid_client');
    expect(test.events.at(-1)).toMatchObject({ type: 'client.authentication_failed', clientId: 'conf', detail });
  });

  it('AZ-16 refuses a type without an assertion', async () => {
    await expectRefusal(await ask({}, { client_assertion: undefined, client_id: 'conf' }), 401, 'invalid_client');
  });

  it.each(['pub', 'bas', 'nobody'])('AZ-16 refuses another client_id beside it: %s', async (client_id) => {
    await expectRefusal(await ask({}, { client_id }), 400, 'invalid_request');
    expect(lastReason()).toBe('client_id_mismatch');
  });
});

describe('AZ-16 a jti that comes again', () => {
  it('AZ-16 is refused here and on the other replica, until it is dead', async () => {
    const other = await startTestServer({ configuredClients: [conf] }, storage);
    const exp = now + 60;
    const form = ownName(assertionFields(await signAssertion(test, { claims: { exp } })));
    expect((await test.postForm('/token', form)).status).toBe(200);
    for (const replica of [test, other]) {
      for (const moment of [now, exp, exp + 29]) {
        replica.clock.now = moment;
        await expectRefusal(await replica.postForm('/token', form), 401, 'invalid_client');
        expect(replica.events.at(-1)?.reason).toBe('client_assertion_replayed');
      }
      replica.clock.now = exp + 30;
      await expectRefusal(await replica.postForm('/token', form), 401, 'invalid_client');
      expect(replica.events.at(-1)?.reason).toBe('client_assertion_expired');
    }
  });

  it('AZ-16 outlives a sweep of the store', async () => {
    const form = ownName(assertionFields(await signAssertion(test, { claims: { exp: now + 60 } })));
    expect((await test.postForm('/token', form)).status).toBe(200);
    test.clock.now = now + 89;
    await storage.sweep('default', test.clock.now);
    await expectRefusal(await test.postForm('/token', form), 401, 'invalid_client');
    expect(lastReason()).toBe('client_assertion_replayed');
  });

  it('AZ-16 lets one of twenty at once win, on two replicas', async () => {
    const other = await startTestServer({ configuredClients: [conf] }, storage);
    const form = ownName(assertionFields(await signAssertion(test)));
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? test : other).postForm('/token', form)),
    );
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  it('is another one for another client and for another tenant', async () => {
    const twin = configuredClient('twin', { ...conf, clientId: 'twin' });
    test = await startTestServer({ configuredClients: [conf, twin] }, storage);
    const jti = crypto.randomUUID();
    expect((await ask({ claims: { jti } })).status).toBe(200);
    expect((await ask({ claims: { jti, iss: 'twin', sub: 'twin' } })).status).toBe(200);
    const issuer = `${ISSUER}/t/b`;
    const b = await startTestServer(
      { tenantId: 'b', issuer, configuredClients: [{ ...conf, tenantId: 'b' }] },
      storage,
    );
    const form = ownName(assertionFields(await signAssertion(b, { claims: { jti, aud: issuer } })));
    expect((await b.postForm('/t/b/token', form)).status).toBe(200);
  });
});

describe('AZ-15 the registered method alone', () => {
  const basic = { authorization: `Basic ${btoa(`bas:${SECRET}`)}` };
  const unsigned = assertionFields(assemble({ alg: 'none' }, { ...good, jti: 'u' }, ''));
  it.each<[string, Form, Record<string, string>, number, string]>([
    ['conf with a secret in the body', { client_id: 'conf', client_secret: SECRET }, {}, 401, 'invalid_client'],
    ['conf with a secret by Basic', {}, { authorization: `Basic ${btoa(`conf:${SECRET}`)}` }, 401, 'invalid_client'],
    ['conf with nothing', { client_id: 'conf' }, {}, 401, 'invalid_client'],
    ['an unsigned assertion beside a valid secret by Basic', unsigned, basic, 400, 'invalid_request'],
    [
      'an unsigned assertion beside a valid secret',
      { ...unsigned, client_id: 'pst', client_secret: SECRET },
      {},
      400,
      'invalid_request',
    ],
    ['an unsigned assertion alone', unsigned, {}, 401, 'invalid_client'],
  ])('AZ-15 refuses %s', async (_title, form, headers, status, error) => {
    await expectRefusal(await test.postForm('/token', ownName(form), headers), status, error);
    expect(test.events.at(-1)?.type).toBe('client.authentication_failed');
  });

  it('AZ-15 refuses a good assertion beside a good secret, and the jti lives on', async () => {
    const jti = crypto.randomUUID();
    await expectRefusal(await ask({ claims: { jti } }, {}, basic), 400, 'invalid_request');
    expect((await ask({ claims: { jti } })).status).toBe(200);
  });
});

describe('AZ-17 what cannot be told apart', () => {
  it.each(Object.values(KEYS))(
    'AZ-17 an unknown client, one of another method and a wrong signature ($algorithm)',
    async (key) => {
      const stranger = await makeTestKey(key.algorithm, key.publicJwk.kid ?? '');
      const verify = vi.spyOn(crypto.subtle, 'verify');
      const seen = [];
      for (const sub of ['nobody', 'bas', 'pub', 'conf']) {
        verify.mockClear();
        const response = await ask({ key: stranger, claims: { iss: sub, sub } });
        const { status, headers } = response;
        seen.push({
          status,
          headers: [...headers],
          body: await response.text(),
          verifications: verify.mock.calls.length,
        });
      }
      expect(seen[0]).toMatchObject({ status: 401, verifications: 1 });
      for (const one of seen) expect(one).toEqual(seen[0]);
    },
  );
});

it('tries at most four keys where none is named', async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, (_, index) => makeTestKey('ES256', `k${index}`)));
  test = await startTestServer({ configuredClients: [{ ...conf, jwks: jwksOf(...keys) }] });
  const [, , , fourth, fifth] = keys;
  if (fourth === undefined || fifth === undefined) throw new Error('no keys');
  const verify = vi.spyOn(crypto.subtle, 'verify');
  expect((await ask({ key: fourth, header: { kid: undefined } })).status).toBe(200);
  expect(verify).toHaveBeenCalledTimes(4);
  expect((await ask({ key: fifth, header: { kid: undefined } })).status).toBe(401);
  expect((await ask({ key: fifth })).status).toBe(200);
});

it('writes no assertion into an event', async () => {
  const assertion = await signAssertion(test);
  await test.postForm('/token', ownName(assertionFields(assertion)));
  await test.postForm('/token', ownName(assertionFields(assertion)));
  const signature = assertion.split('.')[2] ?? '';
  expect(JSON.stringify([test.events, storage.events])).not.toContain(signature);
});
