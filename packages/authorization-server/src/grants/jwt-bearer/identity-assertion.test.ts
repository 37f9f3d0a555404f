import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { exportSPKI, importJWK } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { subjectAtIssuer } from '../../sign-in/subject-at-issuer.js';
import { KEYS, makeTestKey } from '../../testing/client-assertions.js';
import { FILES, type Form, ISSUER, MAIL, SECRET } from '../../testing/fixtures.js';
import {
  assertionClients,
  byAssertion,
  expectIssued,
  ISSUER_KEYS,
  type JwtChanges,
  platform,
  presentAsConf,
  provider,
  rowsOf,
  signIdJag,
  signWorkloadToken,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { claimsOf, expectRefusal } from '../../testing/test-client.js';
import type { TestServer } from '../../testing/test-server.js';

const now = 1_800_000_000;
const SUBJECT = subjectAtIssuer(nodePlatform.hash, provider.issuer, 'U019488227');
const strangersKey = await makeTestKey('RS256', 'provider-key');
let test: TestServer;

beforeEach(async () => {
  test = await startAssertionServer();
});

const present = async (changes: JwtChanges = {}, form: Form = {}, jti: string = crypto.randomUUID()) =>
  presentAsConf(test, await signIdJag(test, { ...changes, claims: { jti, ...changes.claims } }), form);
const lastEvent = () => test.events.at(-1);

/** Refused, with nothing written but that: a good assertion with the `jti` given to `ask` is the first one of it. */
async function expectNothing(
  ask: (jti: string) => Promise<Response>,
  error: string,
  reason: string,
  status = 400,
): Promise<void> {
  const jti = crypto.randomUUID();
  const before = await rowsOf(test);
  await expectRefusal(await ask(jti), status, error);
  expect(lastEvent()).toMatchObject({ type: 'token.refused', outcome: 'refused', reason, clientId: 'conf' });
  expect(await rowsOf(test)).toEqual(before);
  const asUsual = await startAssertionServer({}, test.storage);
  await expectIssued(await presentAsConf(asUsual, await signIdJag(asUsual, { claims: { jti } })));
}

describe('an ID-JAG of a trusted identity provider', () => {
  it('XG-05 becomes an access token, and nothing to refresh it with', async () => {
    const { access_token, scope, resource } = await expectIssued(await present());
    expect(resource).toBe(FILES);
    const claims = claimsOf(access_token);
    expect(claims).toEqual({
      iss: ISSUER,
      sub: SUBJECT,
      aud: FILES,
      client_id: 'conf',
      scope: 'files:read',
      tenant_id: 'default',
      grant_id: expect.any(String),
      jti: expect.any(String),
      iat: now,
      exp: now + 600,
    });
    expect(scope).toBe('files:read');
    const grantId = String(claims['grant_id']);
    expect(await test.storage.grants.find('default', grantId)).toMatchObject({
      revoked: false,
      grant: { subject: SUBJECT, clientId: 'conf', scopes: ['files:read'], expiresAtEpochSeconds: now + 600 },
    });
    expect(await test.storage.users.findBySubject('default', SUBJECT)).toMatchObject({
      username: 'ada@corp.test',
      passwordHash: undefined,
      disabled: false,
    });
    const types = ['user.recognised', 'identity_assertion.issued'];
    expect(test.events.map(({ type }) => type).slice(-2)).toEqual(types);
    expect(lastEvent()).toMatchObject({
      outcome: 'allowed',
      clientId: 'conf',
      clientName: 'Client conf',
      subject: SUBJECT,
      username: 'ada@corp.test',
      grantId,
      accessTokenId: claims['jti'],
      resource: FILES,
      scopes: ['files:read'],
      detail: provider.issuer,
    });
    expect(test.storage.events.map(({ type }) => type).slice(-2)).toEqual(types);
  });

  it.each<[string, JwtChanges]>([
    ['typ as a whole media type', { header: { typ: 'application/oauth-id-jag+jwt' } }],
    ['typ in other letters, as media types may', { header: { typ: 'Application/OAUTH-ID-JAG+JWT' } }],
    ['a list of the one audience', { claims: { aud: [ISSUER] } }],
    ['a list of the one resource', { claims: { resource: [FILES] } }],
    ['no kid', { header: { kid: undefined } }],
    ['a clock 30 s ahead', { claims: { iat: now + 30, nbf: now + 30, exp: now + 330 } }],
    ['a clock 29 s behind', { claims: { iat: now - 329, exp: now - 29 } }],
    ['times with a fraction', { claims: { iat: now - 0.5, exp: now + 299.5 } }],
    ['claims that nobody asked for', { claims: { aud_sub: 'subject-of-alice', groups: ['a'], amr: ['mfa'] } }],
  ])('may have %s', async (_title, changes) => {
    await expectIssued(await present(changes));
  });

  it('says when the user signed in, where the provider does, and never the future', async () => {
    const signedIn = claimsOf((await expectIssued(await present({ claims: { auth_time: now - 3600 } }))).access_token);
    expect(signedIn['auth_time']).toBe(now - 3600);
    const future = claimsOf((await expectIssued(await present({ claims: { auth_time: now + 3600 } }))).access_token);
    expect(future['auth_time']).toBe(now);
  });

  it.each<[string, object, string]>([
    ['email', { email: 'ada@corp.test', preferred_username: 'ada' }, 'ada@corp.test'],
    ['preferred_username', { email: undefined, preferred_username: 'ada' }, 'ada'],
    ['sub', { email: undefined }, 'U019488227'],
    ['what is left without controls', { email: '\u202eada\u0000@corp.test\n' }, 'ada@corp.test'],
    ['the next one where nothing is left', { email: '\u200b', preferred_username: 'ada' }, 'ada'],
    ['at most 128 characters of it', { email: 'a'.repeat(2000) }, `${'a'.repeat(127)}…`],
    ['a text alone', { email: ['ada@corp.test'], preferred_username: 'ada' }, 'ada'],
  ])('calls the user by %s', async (_title, claims, username) => {
    await expectIssued(await present({ claims: { ...claims } }));
    expect(await test.storage.users.findBySubject('default', SUBJECT)).toMatchObject({ username });
  });

  it('is about the same user each time, and another one at another provider', async () => {
    const other = { ...provider, issuer: 'https://other-idp.test' };
    test = await startAssertionServer({ assertionIssuers: [provider, other] });
    const subjects = [];
    for (const iss of [provider.issuer, provider.issuer, other.issuer]) {
      subjects.push(claimsOf((await expectIssued(await present({ claims: { iss } }))).access_token)['sub']);
    }
    expect(subjects).toEqual([SUBJECT, SUBJECT, subjectAtIssuer(nodePlatform.hash, other.issuer, 'U019488227')]);
    expect(new Set(subjects).size).toBe(2);
    expect(test.events.filter(({ type }) => type === 'user.recognised')).toHaveLength(2);
  });

  it('never makes anybody a user who has a password here', async () => {
    const { access_token } = await expectIssued(await present({ claims: { sub: 'subject-of-alice', email: 'alice' } }));
    expect(claimsOf(access_token)['sub']).not.toBe('subject-of-alice');
  });
});

describe('XG-01 what is refused, with nothing written', () => {
  it.each<[string, JwtChanges, string]>([
    ['no typ', { header: { typ: undefined } }, 'assertion_type_refused'],
    ['typ JWT', { header: { typ: 'JWT' } }, 'assertion_type_refused'],
    ['typ at+jwt', { header: { typ: 'at+jwt' } }, 'assertion_type_refused'],
    ['aud of the token endpoint', { claims: { aud: `${ISSUER}/token` } }, 'assertion_audience_wrong'],
    ['aud of another server', { claims: { aud: 'https://other-as.test' } }, 'assertion_audience_wrong'],
    ['aud that is a prefix of ours', { claims: { aud: 'https://as.tes' } }, 'assertion_audience_wrong'],
    ['aud with a slash', { claims: { aud: `${ISSUER}/` } }, 'assertion_audience_wrong'],
    ['aud of two', { claims: { aud: [ISSUER, 'https://other-as.test'] } }, 'assertion_audience_wrong'],
    ['no aud', { claims: { aud: undefined } }, 'assertion_audience_wrong'],
    ['exp past', { claims: { iat: now - 330, exp: now - 30 } }, 'assertion_expired'],
    ['iat too far ahead', { claims: { iat: now + 31 } }, 'assertion_not_yet_valid'],
    ['nbf too far ahead', { claims: { nbf: now + 31 } }, 'assertion_not_yet_valid'],
    ['a life of more than an hour', { claims: { exp: now + 3631 } }, 'assertion_lifetime_too_long'],
    ['an iat of long ago', { claims: { iat: now - 3631 } }, 'assertion_lifetime_too_long'],
    ['no exp', { claims: { exp: undefined } }, 'assertion_claim_missing'],
    ['no iat', { claims: { iat: undefined } }, 'assertion_claim_missing'],
    ['no jti', { claims: { jti: undefined } }, 'assertion_claim_missing'],
    ['an empty jti', { claims: { jti: '' } }, 'assertion_claim_missing'],
    ['no sub', { claims: { sub: undefined } }, 'assertion_claim_missing'],
    ['no client_id', { claims: { client_id: undefined } }, 'assertion_claim_missing'],
    ['no resource', { claims: { resource: undefined } }, 'assertion_claim_missing'],
    ['an empty list of resources', { claims: { resource: [] } }, 'assertion_claim_missing'],
    ['a scope that is a list', { claims: { scope: ['files:read'] } }, 'assertion_malformed'],
    ['an iss that is not configured', { claims: { iss: 'https://idp.test/' } }, 'assertion_issuer_unknown'],
    ['no iss', { claims: { iss: undefined } }, 'assertion_issuer_unknown'],
    ['crit', { header: { crit: ['b64'], b64: true } }, 'assertion_header_critical'],
  ])('XG-01 %s', async (_title, changes, reason) => {
    await expectNothing((jti) => present(changes, {}, jti), 'invalid_grant', reason);
  });

  it('XG-01 an issuer that is configured as a platform of workloads, not as an identity provider', async () => {
    const changes = { key: ISSUER_KEYS.platform, claims: { iss: platform.issuer } };
    await expectNothing((jti) => present(changes, {}, jti), 'invalid_grant', 'assertion_of_workload_with_client');
  });

  it('XG-01 an ID token of the provider', async () => {
    const idToken = await signIdJag(test, {
      header: { typ: undefined },
      claims: { aud: 'conf', client_id: undefined, resource: undefined, nonce: 'n' },
    });
    await expectNothing(() => presentAsConf(test, idToken), 'invalid_grant', 'assertion_type_refused');
  });

  it.each([
    ['', 'invalid_request', 'assertion_missing'],
    ['no JWT', 'invalid_grant', 'assertion_malformed'],
    [`${'a'.repeat(8200)}.e30.e30`, 'invalid_grant', 'assertion_malformed'],
  ])('XG-01 %.10s', async (assertion, error, reason) => {
    await expectNothing(() => presentAsConf(test, assertion), error, reason);
  });

  it('XG-01 every refusal of an assertion says the same', async () => {
    const bodies = await Promise.all([
      present({ claims: { iss: 'https://unknown.test' } }).then((response) => response.text()),
      present({ key: strangersKey }).then((response) => response.text()),
      present({ claims: { client_id: 'bas' } }).then((response) => response.text()),
      presentAsConf(test, 'no JWT').then((response) => response.text()),
    ]);
    expect(new Set(bodies).size).toBe(1);
  });

  it('XG-01 the grant itself, and both words of the metadata, where nobody is configured', async () => {
    test = await startAssertionServer({ assertionIssuers: [] });
    await expectRefusal(await present(), 400, 'unsupported_grant_type');
    const metadata = await (await test.send('/.well-known/oauth-authorization-server')).json();
    expect(metadata).not.toHaveProperty('authorization_grant_profiles_supported');
    expect(metadata).toMatchObject({
      grant_types_supported: expect.not.arrayContaining(['urn:ietf:params:oauth:grant-type:jwt-bearer']),
    });
  });
});

it('the metadata names the grant and the profile', async () => {
  expect(await (await test.send('/.well-known/oauth-authorization-server')).json()).toMatchObject({
    grant_types_supported: expect.arrayContaining(['urn:ietf:params:oauth:grant-type:jwt-bearer']),
    authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
  });
});

describe('XG-02 whose assertion it is', () => {
  const basic = (clientId: string, secret = SECRET) => ({ authorization: `Basic ${btoa(`${clientId}:${secret}`)}` });

  it.each<[string, Record<string, string>, Form, number, string, string]>([
    ['another client with the grant', basic('bas'), {}, 400, 'invalid_grant', 'assertion_client_mismatch'],
    ['a client without the grant', basic('plain'), {}, 400, 'unauthorized_client', 'grant_type_not_of_client'],
    ['a public client', {}, { client_id: 'pub' }, 400, 'unauthorized_client', 'grant_type_not_of_client'],
    ['nobody', {}, {}, 401, 'invalid_client', 'client_missing'],
    ['conf by its name alone', {}, { client_id: 'conf' }, 401, 'invalid_client', 'client_method_mismatch'],
    ['a client with a wrong secret', basic('bas', 'wrong'), {}, 401, 'invalid_client', 'client_secret_wrong'],
  ])('XG-02 presented by %s', async (_title, headers, form, status, error, reason) => {
    const assertion = await signIdJag(test);
    await expectRefusal(await test.postForm('/token', byAssertion(assertion, form), headers), status, error);
    expect(lastEvent()).toMatchObject({ outcome: 'refused', reason });
    // It was not used up.
    await expectIssued(await presentAsConf(test, assertion));
  });

  it('XG-02 presented by a public client that has the grant by mistake', async () => {
    const { tenantId } = test.options;
    const [, , , pub] = assertionClients;
    const row = { ...pub, clientId: 'row', source: 'registered', grantTypes: assertionClients[0]?.grantTypes ?? [] };
    const event = { type: 'client.added', outcome: 'allowed', tenantId, occurredAtEpochSeconds: now } as const;
    await test.storage.clients.register(row as (typeof assertionClients)[number], event);
    const assertion = await signIdJag(test, { claims: { client_id: 'row' } });
    await expectRefusal(
      await test.postForm('/token', byAssertion(assertion, { client_id: 'row' })),
      400,
      'unauthorized_client',
    );
    expect(lastEvent()?.reason).toBe('client_not_confidential');
  });

  it('XG-02 names another client', async () => {
    await expectNothing(
      (jti) => present({ claims: { client_id: 'bas' } }, {}, jti),
      'invalid_grant',
      'assertion_client_mismatch',
    );
    await expectNothing(
      (jti) => present({ claims: { client_id: ['conf'] } }, {}, jti),
      'invalid_grant',
      'assertion_claim_missing',
    );
  });

  it('XG-02 names a client that its provider may not name', async () => {
    test = await startAssertionServer({ assertionIssuers: [{ ...provider, clients: ['bas'] }] });
    await expectNothing((jti) => present({}, {}, jti), 'invalid_grant', 'assertion_client_not_of_issuer');
    test = await startAssertionServer({ assertionIssuers: [{ ...provider, clients: ['bas', 'conf'] }] });
    await expectIssued(await present());
  });
});

describe('XG-03 who signed it', () => {
  /** HS256 with a text that everybody knows. */
  async function signWith(secret: string, alg = 'HS256'): Promise<string> {
    const good = await signIdJag(test, { header: {} });
    const [header = '', claims = ''] = good.split('.');
    const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg };
    const unsigned = `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${claims}`;
    const bytes = new TextEncoder().encode(secret);
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(unsigned));
    return `${unsigned}.${Buffer.from(signature).toString('base64url')}`;
  }
  const { publicJwk } = ISSUER_KEYS.provider;

  it.each<[string, () => Promise<string>]>([
    ['PEM', async () => exportSPKI((await importJWK(publicJwk, 'RS256')) as CryptoKey)],
    ['JWK', async () => JSON.stringify(publicJwk)],
    ['modulus', async () => publicJwk.n ?? ''],
  ])('XG-03 HS256 with the public key as %s', async (_title, secret) => {
    const forged = await signWith(await secret());
    await expectNothing(() => presentAsConf(test, forged), 'invalid_grant', 'assertion_algorithm_refused');
  });

  it('XG-03 alg none, with and without a signature', async () => {
    const [, claims] = (await signIdJag(test)).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'oauth-id-jag+jwt' })).toString('base64url');
    for (const signature of ['', 'AAAA']) {
      const forged = `${header}.${claims}.${signature}`;
      await expectNothing(() => presentAsConf(test, forged), 'invalid_grant', 'assertion_algorithm_refused');
    }
  });

  it.each<[string, JwtChanges, string]>([
    ['an embedded jwk', { key: strangersKey, header: { jwk: strangersKey.publicJwk } }, 'assertion_signature_wrong'],
    ['a jku', { key: strangersKey, header: { jku: 'https://evil.test/jwks' } }, 'assertion_signature_wrong'],
    ['an x5u', { key: strangersKey, header: { x5u: 'https://evil.test/x5u' } }, 'assertion_signature_wrong'],
    ['the kid and key of another issuer', { key: ISSUER_KEYS.platform }, 'assertion_key_unknown'],
    [
      'the key of another issuer',
      { key: ISSUER_KEYS.platform, header: { kid: undefined } },
      'assertion_signature_wrong',
    ],
    [
      'an algorithm that the key has not',
      { key: KEYS.ES256, header: { kid: 'provider-key' } },
      'assertion_key_unknown',
    ],
  ])('XG-03 NOFETCH %s', async (_title, changes, reason) => {
    const fetched: string[] = [];
    test = await startAssertionServer({}, createMemoryStorage(), {
      configuredFetch: async ({ url }) => {
        fetched.push(url);
        return { ok: false, failure: 'not_reached' };
      },
    });
    await expectNothing((jti) => present(changes, {}, jti), 'invalid_grant', reason);
    expect(fetched).toEqual([]);
  });

  it('XG-03 an algorithm that is not allowed for this issuer', async () => {
    test = await startAssertionServer({ assertionIssuers: [{ ...provider, algorithms: ['ES256'] }] });
    await expectNothing((jti) => present({}, {}, jti), 'invalid_grant', 'assertion_algorithm_refused');
    test = await startAssertionServer({ assertionIssuers: [{ ...provider, algorithms: ['ES256', 'RS256'] }] });
    await expectIssued(await present());
  });

  it('XG-03 what a workload was given is no ID-JAG', async () => {
    const token = await signWorkloadToken(test, { key: ISSUER_KEYS.provider, claims: { iss: provider.issuer } });
    await expectNothing(() => presentAsConf(test, token), 'invalid_grant', 'assertion_type_refused');
  });
});

describe('XG-05 what it is for', () => {
  it.each<[string, object, string | undefined, string]>([
    ['a wider request', {}, 'files:read files:write', 'files:read'],
    ['a wider request with what nobody knows', {}, 'files:read admin offline_access', 'files:read'],
    ['a narrower request', { scope: 'files:read files:write' }, 'files:write', 'files:write'],
    ['no request', { scope: 'files:write files:read admin' }, undefined, 'files:write files:read'],
    ['nothing asserted', { scope: undefined }, 'files:read files:write', 'files:read'],
  ])('XG-05 %s has the intersection', async (_title, claims, scope, expected) => {
    const body = await expectIssued(await present({ claims: { ...claims } }, { scope }));
    expect([body.scope, claimsOf(body.access_token)['scope']]).toEqual([expected, expected]);
  });

  it.each<[string, object, string | undefined, string]>([
    ['nothing in common', {}, 'files:write', 'scope_unknown'],
    ['an empty scope asserted', { scope: '' }, 'files:read', 'scope_unknown'],
    ['a malformed scope', {}, 'files:read  files:write', 'scope_malformed'],
  ])('XG-05 %s is refused', async (_title, claims, scope, reason) => {
    await expectNothing((jti) => present({ claims: { ...claims } }, { scope }, jti), 'invalid_scope', reason);
  });

  it('XG-05 never beyond what the operator gave the client', async () => {
    const narrow = assertionClients.map((client) => ({ ...client, scopes: ['files:read'] }));
    test = await startAssertionServer({ configuredClients: narrow });
    const { scope } = await expectIssued(await present({ claims: { scope: 'files:read files:write' } }));
    expect(scope).toBe('files:read');
  });

  it.each<[string, object, Form, string]>([
    ['a request for another resource of ours', {}, { resource: MAIL }, 'resource_mismatch'],
    ['a request for a foreign one', {}, { resource: 'https://other.test/mcp' }, 'resource_mismatch'],
    ['a request for both', {}, { resource: [FILES, MAIL] }, 'resource_mismatch'],
    ['an assertion for a foreign one', { resource: 'https://other.test/mcp' }, {}, 'resource_unknown'],
    [
      'an assertion for ours and a foreign one',
      { resource: [FILES, 'https://other.test/mcp'] },
      {},
      'resource_ambiguous',
    ],
    ['an assertion for two of ours', { resource: [FILES, MAIL] }, { resource: FILES }, 'resource_ambiguous'],
  ])('XG-05 %s', async (_title, claims, form, reason) => {
    await expectNothing((jti) => present({ claims: { ...claims } }, form, jti), 'invalid_target', reason);
  });

  it('XG-05 the resource it names may be named as well', async () => {
    await expectIssued(await present({}, { resource: FILES }));
  });

  it('XG-05 is used once, one after the other', async () => {
    const assertion = await signIdJag(test);
    await expectIssued(await presentAsConf(test, assertion));
    await expectRefusal(await presentAsConf(test, assertion), 400, 'invalid_grant');
    expect(lastEvent()).toMatchObject({ reason: 'assertion_replayed', subject: SUBJECT, detail: provider.issuer });
    // Another text with the same jti is the same assertion.
    const again = await signIdJag(test, { claims: { jti: claimsOf(assertion)['jti'], iat: now - 1 } });
    await expectRefusal(await presentAsConf(test, again), 400, 'invalid_grant');
    test.clock.now += 329;
    await expectRefusal(await presentAsConf(test, assertion), 400, 'invalid_grant');
    expect(lastEvent()?.reason).toBe('assertion_replayed');
  });

  it('XG-05 is used once of 20 times at once, on two replicas', async () => {
    const replica = await startAssertionServer({}, test.storage);
    const assertion = await signIdJag(test);
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => presentAsConf(index % 2 === 0 ? test : replica, assertion)),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)]);
    for (const response of responses.filter(({ status }) => status !== 200)) {
      await expectRefusal(response, 400, 'invalid_grant');
    }
    const grants = await test.storage.grants.listOfUser('default', SUBJECT, now);
    expect(grants).toHaveLength(1);
  });

  it('XG-05 the same jti of another provider is another assertion', async () => {
    const other = { ...provider, issuer: 'https://other-idp.test' };
    test = await startAssertionServer({ assertionIssuers: [provider, other] });
    for (const iss of [provider.issuer, other.issuer])
      await expectIssued(await present({ claims: { iss, jti: 'one' } }));
  });
});

describe('who acts for the user', () => {
  const agent = { sub: 'agent-7' };
  const chain = (length: number): object => (length === 1 ? agent : { ...agent, act: chain(length - 1) });

  it('stands in the access token, with whoever named them', async () => {
    const act = { sub: 'agent-7', sub_profile: 'ai_agent', act: { sub: 'service', iss: 'https://elsewhere.test' } };
    const { access_token } = await expectIssued(await present({ claims: { act } }));
    expect(claimsOf(access_token)['act']).toEqual({
      sub: 'agent-7',
      iss: provider.issuer,
      sub_profile: 'ai_agent',
      act: { sub: 'service', iss: 'https://elsewhere.test' },
    });
    await expectIssued(await present({ claims: { act: chain(4) } }));
  });

  it.each<[string, unknown]>([
    ['no object', 'agent-7'],
    ['without a name', { iss: 'https://idp.test' }],
    ['with a name that is too long', { sub: 'a'.repeat(256) }],
    ['in a chain of five', chain(5)],
    ['of a profile that is no text', { sub: 'agent-7', sub_profile: ['ai_agent'] }],
    ['of a profile that is too long', { sub: 'agent-7', sub_profile: 'a'.repeat(256) }],
    ['behind one that is malformed', { sub: 'agent-7', act: [] }],
    ['as one of ours', { sub: 'client:bas', iss: ISSUER }],
  ])('is not left out where they are %s: the assertion is refused', async (_title, act) => {
    await expectNothing((jti) => present({ claims: { act } }, {}, jti), 'invalid_grant', 'assertion_malformed');
  });
});
