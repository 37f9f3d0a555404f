import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, conf, makeTestKey, signAssertion } from '../../testing/client-assertions.js';
import { FILES, type Form, ISSUER, MAIL, SECRET } from '../../testing/fixtures.js';
import {
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
const strangersKey = await makeTestKey('RS256', 'platform-key');
let test: TestServer;

beforeEach(async () => {
  test = await startAssertionServer();
});

const present = async (changes: JwtChanges = {}, form: Form = {}, headers: Record<string, string> = {}) =>
  test.postForm('/token', byAssertion(await signWorkloadToken(test, changes), form), headers);
const basic = { authorization: `Basic ${btoa(`bas:${SECRET}`)}` };

async function expectNothing(response: Response, error: string, reason: string, status = 400): Promise<void> {
  await expectRefusal(response, status, error);
  expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason });
  expect(test.events.map(({ type }) => type)).not.toContain('workload_assertion.issued');
}

describe('a token of a workload', () => {
  it('becomes an access token in the name of its identity, and leaves no row', async () => {
    const before = await rowsOf(test);
    const { access_token, scope } = await expectIssued(await present());
    const claims = claimsOf(access_token);
    expect(claims).toEqual({
      iss: ISSUER,
      sub: 'workload:builds:deploy',
      aud: FILES,
      client_id: 'workload:builds:deploy',
      scope: 'files:read',
      tenant_id: 'default',
      grant_id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      jti: expect.any(String),
      iat: now,
      exp: now + 600,
    });
    expect(scope).toBe('files:read');
    expect(test.events.at(-1)).toMatchObject({
      type: 'workload_assertion.issued',
      outcome: 'allowed',
      subject: 'workload:builds:deploy',
      clientId: 'workload:builds:deploy',
      grantId: claims['grant_id'],
      accessTokenId: claims['jti'],
      resource: FILES,
      scopes: ['files:read'],
      detail: 'https://builds.test repo:octo/app:ref:refs/heads/main',
    });
    expect(await rowsOf(test)).toEqual(before);
    expect(await test.storage.grants.find('default', String(claims['grant_id']))).toBeUndefined();
  });

  it('may come again until it expires', async () => {
    const token = await signWorkloadToken(test);
    const answers = await Promise.all([1, 2, 3].map(() => test.postForm('/token', byAssertion(token))));
    const tokens = await Promise.all(answers.map(expectIssued));
    expect(new Set(tokens.map(({ access_token }) => claimsOf(access_token)['grant_id'])).size).toBe(3);
    test.clock.now += 330;
    await expectRefusal(await test.postForm('/token', byAssertion(token)), 400, 'invalid_grant');
  });

  it.each<[string, JwtChanges, Form]>([
    ['no typ', { header: { typ: undefined } }, {}],
    ['typ in other letters', { header: { typ: 'jwt' } }, {}],
    ['a list of the one audience', { claims: { aud: [ISSUER] } }, {}],
    ['a life of a day', { claims: { iat: now - 43_200, exp: now + 43_200 } }, {}],
    ['a jti, as often as it comes', { claims: { jti: 'one' } }, {}],
    ['a client_id beside it, which is ignored', {}, { client_id: 'conf' }],
    ['the name of a public client beside it', {}, { client_id: 'pub' }],
    ['its resource', {}, { resource: FILES }],
  ])('may have %s', async (_title, changes, form) => {
    const { access_token } = await expectIssued(await present(changes, form));
    expect(claimsOf(access_token)['client_id']).toBe('workload:builds:deploy');
  });

  it('G4 counts as one, however many blanks come with it', async () => {
    const tokenPerCredential = { name: 'token_per_credential', points: 3, windowSeconds: 60 };
    test = await startAssertionServer({ rateLimits: { tokenPerCredential } });
    const token = await signWorkloadToken(test);
    const answers = [];
    for (const text of [token, ` ${token}`, `${token}\n`, `\t${token} `]) {
      answers.push((await test.postForm('/token', byAssertion(text))).status);
    }
    expect(answers).toEqual([200, 200, 200, 429]);
  });

  it('may be for another audience, where that is configured', async () => {
    test = await startAssertionServer({ assertionIssuers: [{ ...platform, audience: 'portcullis' }] });
    await expectIssued(await present({ claims: { aud: ['portcullis'] } }));
    await expectRefusal(await present(), 400, 'invalid_grant');
    expect(test.events.at(-1)?.reason).toBe('assertion_audience_wrong');
  });
});

describe('which workload it is', () => {
  it.each<[string, object, string]>([
    ['every claim holds', {}, 'deploy'],
    ['a claim is another', { environment: 'staging' }, 'any-build'],
    ['a claim is not there', { environment: undefined }, 'any-build'],
    ['a claim is no text', { environment: ['production'] }, 'any-build'],
    ['a text begins as it has to', { sub: 'repo:octo/app:pull_request' }, 'any-build'],
  ])('where %s', async (_title, claims, name) => {
    const { access_token } = await expectIssued(await present({ claims: { ...claims } }));
    expect(claimsOf(access_token)['sub']).toBe(`workload:builds:${name}`);
  });

  it.each<[string, object]>([
    ['another beginning', { sub: 'repo:octo/app2:ref:refs/heads/main' }],
    ['other letters', { sub: 'REPO:octo/app:ref:refs/heads/main' }],
    ['the text within another', { sub: 'x repo:octo/app:ref:refs/heads/main' }],
    ['no sub', { sub: undefined }],
    ['a sub that is a list', { sub: ['repo:octo/app:'] }],
  ])('is none of them with %s', async (_title, claims) => {
    await expectNothing(await present({ claims: { ...claims } }), 'invalid_grant', 'workload_unknown');
  });

  it('takes no claim from what every object has', async () => {
    const identities = [{ name: 'x', claims: { constructor: 'x' }, resources: [FILES], scopes: ['files:read'] }];
    test = await startAssertionServer({ assertionIssuers: [{ ...platform, identities }] });
    await expectNothing(await present(), 'invalid_grant', 'workload_unknown');
  });
});

describe('what it may have', () => {
  it.each<[string, string | undefined, string]>([
    ['the default', undefined, 'files:read'],
    ['what is named', 'files:write', 'files:write'],
    ['all of it', 'files:read files:write', 'files:read files:write'],
  ])('has %s', async (_title, scope, expected) => {
    expect((await expectIssued(await present({}, { scope }))).scope).toBe(expected);
  });

  it.each<[string, JwtChanges, Form, string, string]>([
    [
      'a scope of another identity',
      { claims: { environment: 'x' } },
      { scope: 'files:write' },
      'invalid_scope',
      'scope_beyond_registration',
    ],
    ['a scope of nobody', {}, { scope: 'admin' }, 'invalid_scope', 'scope_beyond_registration'],
    [
      'a resource of ours, but not of the identity',
      {},
      { resource: MAIL },
      'invalid_target',
      'resource_beyond_workload',
    ],
    ['a foreign resource', {}, { resource: 'https://other.test/mcp' }, 'invalid_target', 'resource_unknown'],
    ['two resources', {}, { resource: [FILES, MAIL] }, 'invalid_target', 'resource_ambiguous'],
  ])('has not %s', async (_title, changes, form, error, reason) => {
    await expectNothing(await present(changes, form), error, reason);
    expect(test.events.at(-1)).toMatchObject({ subject: expect.stringMatching(/^workload:builds:/) });
  });
});

it('tells of a scope that cannot be read, and not of a client that there need not be', async () => {
  await expectNothing(await present({}, { scope: 'files:"read"' }), 'invalid_scope', 'scope_malformed');
});

describe('XG-01 XG-03 what proves nothing', () => {
  it.each<[string, JwtChanges, string]>([
    ['aud of another server', { claims: { aud: 'https://other-as.test' } }, 'assertion_audience_wrong'],
    ['aud of two', { claims: { aud: [ISSUER, 'https://other-as.test'] } }, 'assertion_audience_wrong'],
    ['exp past', { claims: { exp: now - 30 } }, 'assertion_expired'],
    ['iat ahead', { claims: { iat: now + 31 } }, 'assertion_not_yet_valid'],
    ['a life of more than a day', { claims: { exp: now + 86_431 } }, 'assertion_lifetime_too_long'],
    ['an iat of more than a day ago', { claims: { iat: now - 86_431 } }, 'assertion_lifetime_too_long'],
    ['no exp', { claims: { exp: undefined } }, 'assertion_claim_missing'],
    ['no iat', { claims: { iat: undefined } }, 'assertion_claim_missing'],
    ['typ of an ID-JAG', { header: { typ: 'oauth-id-jag+jwt' } }, 'assertion_type_refused'],
    ['typ of any JWS', { header: { typ: 'JOSE' } }, 'assertion_type_refused'],
    ['typ of an access token', { header: { typ: 'at+jwt' } }, 'assertion_type_refused'],
    ['crit', { header: { crit: ['b64'], b64: true } }, 'assertion_header_critical'],
    [
      'a key of a stranger',
      { key: strangersKey, header: { jwk: strangersKey.publicJwk } },
      'assertion_signature_wrong',
    ],
    ['the key of another issuer', { key: ISSUER_KEYS.provider }, 'assertion_key_unknown'],
  ])('XG-01 %s', async (_title, changes, reason) => {
    await expectNothing(await present(changes), 'invalid_grant', reason);
  });

  it('XG-01 an ID-JAG of the platform, and a workload token of an identity provider', async () => {
    const idJag = await signIdJag(test, { key: ISSUER_KEYS.platform, claims: { iss: platform.issuer } });
    await expectNothing(await test.postForm('/token', byAssertion(idJag)), 'invalid_grant', 'assertion_type_refused');
    const claims = { iss: provider.issuer };
    const token = await signWorkloadToken(test, { key: ISSUER_KEYS.provider, claims });
    await expectNothing(await test.postForm('/token', byAssertion(token)), 'invalid_client', 'client_missing', 401);
  });

  it('XG-04 an issuer that is switched off', async () => {
    const event = { type: 'assertion_issuer.disabled', outcome: 'allowed', tenantId: 'default' } as const;
    const disabled = { ...event, occurredAtEpochSeconds: now };
    await test.storage.assertionIssuers.disable(
      'default',
      platform.issuer,
      [],
      { now, markLifetimeSeconds: 630 },
      disabled,
    );
    await expectNothing(await present(), 'invalid_grant', 'assertion_issuer_disabled');
  });
});

describe('a request for a workload that shows a proof of a client all the same', () => {
  it('is refused when the proof is right: nobody could say whose the token is', async () => {
    await expectNothing(await present({}, {}, basic), 'invalid_grant', 'assertion_of_workload_with_client');
    const response = await presentAsConf(test, await signWorkloadToken(test));
    await expectNothing(response, 'invalid_grant', 'assertion_of_workload_with_client');
  });

  it.each<[string, Form, Record<string, string>, string]>([
    ['a wrong secret', {}, { authorization: `Basic ${btoa('bas:wrong')}` }, 'client_secret_wrong'],
    ['a header that cannot be read', {}, { authorization: 'Basic ?' }, 'basic_malformed'],
    ['a secret in the body', { client_id: 'nobody', client_secret: 'x' }, {}, 'client_unknown'],
    ['an assertion that cannot be read', assertionFields('x'), {}, 'client_assertion_malformed'],
  ])('is refused as that of any client when it is wrong: %s', async (_title, form, headers, reason) => {
    await expectNothing(await present({}, form, headers), 'invalid_client', reason, 401);
  });

  it('whose client may not use the grant', async () => {
    test = await startAssertionServer({ configuredClients: [conf] });
    const form = assertionFields(await signAssertion(test));
    await expectNothing(await present({}, form), 'unauthorized_client', 'grant_type_not_of_client');
  });
});

it.each<[string, string]>([
  ['with a slash at its end', `${platform.issuer}/`],
  ['of somebody else', 'https://token.actions.example.com'],
])('XG-01 says of an issuer %s that the assertion is not valid, not that a client is missing', async (_title, iss) => {
  const form = byAssertion(await signWorkloadToken(test, { claims: { iss } }));
  await expectRefusal(await test.postForm('/token', form), 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'assertion_issuer_unknown' });
});
