import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { OTHER_KEY, PROOF_KEY, proofHeader } from '../testing/dpop-proofs.js';
import { clients, type Form, MAIL, SECRET } from '../testing/fixtures.js';
import { type Claims, signToken } from '../testing/signed-token.js';
import { claimsOf, expectRefusal, obtainTokens, refreshing, type Tokens } from '../testing/test-client.js';
import { basicCredentials } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { ACCESS_TOKEN_TYPE, exchange, exchanged, exchangeOf, service } from '../testing/test-service.js';

let test: TestServer;
let tokens: Tokens;

beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, service] });
  tokens = await obtainTokens(test);
  test.events.length = 0;
});

const TOKEN_TYPES = 'urn:ietf:params:oauth:token-type';
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What is said of every subject token that cannot be exchanged, whatever is wrong with it. */
async function expectSubjectRefused(subjectToken: string, reason: string, detail?: string): Promise<void> {
  const response = await exchange(test, subjectToken);
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: 'invalid_request', error_description: 'The subject token is not one that can be exchanged.' },
  ]);
  expect(test.events).toMatchObject([{ type: 'token.refused', outcome: 'refused', clientId: 'svc', reason }]);
  expect(test.events[0]?.detail).toBe(detail);
  expect(JSON.stringify(test.events)).not.toContain(subjectToken);
}

describe('the request', () => {
  it.each<[string, Form, string]>([
    ['no subject token', { subject_token: undefined }, 'subject_token_missing'],
    ['no subject token type', { subject_token_type: undefined }, 'subject_token_type_missing'],
    ['an unknown subject token type', { subject_token_type: 'urn:x' }, 'subject_token_type_unsupported'],
    ['an ID token', { subject_token_type: `${TOKEN_TYPES}:id_token` }, 'subject_token_type_unsupported'],
    ['a refresh token', { subject_token_type: `${TOKEN_TYPES}:refresh_token` }, 'subject_token_type_unsupported'],
    [
      'a refresh token wanted',
      { requested_token_type: `${TOKEN_TYPES}:refresh_token` },
      'requested_token_type_unsupported',
    ],
    ['an unknown type wanted', { requested_token_type: 'urn:x' }, 'requested_token_type_unsupported'],
    ['an actor token', { actor_token: 'x', actor_token_type: ACCESS_TOKEN_TYPE }, 'actor_token_given'],
    ['an actor token without its type', { actor_token: 'x' }, 'actor_token_given'],
    ['the type of an actor token that is not there', { actor_token_type: ACCESS_TOKEN_TYPE }, 'actor_token_given'],
    ['the subject token twice', { subject_token: ['a', 'a'] }, 'duplicate_parameter'],
  ])('XG-06 is refused with %s', async (_title, form, reason) => {
    await expectRefusal(await exchange(test, tokens.access_token, form), 400, 'invalid_request');
    expect(test.events).toMatchObject([{ type: 'token.refused', reason }]);
  });
});

it('XG-06 says which parameter is wrong, each by its name', async () => {
  const wrong = [{ subject_token_type: undefined }, { subject_token_type: 'urn:x' }, { requested_token_type: 'urn:x' }];
  const answers = await Promise.all(wrong.map((form) => exchange(test, tokens.access_token, form)));
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { error_description: string }[];
  expect(bodies.map(({ error_description }) => error_description.split(';')[0])).toEqual([
    'The subject_token_type is missing.',
    'The subject_token_type is not supported',
    'The requested_token_type is not supported',
  ]);
});

describe('a subject token that is none', () => {
  it.each<[string, Claims, Claims]>([
    ['of another issuer', { iss: 'https://other.test' }, {}],
    ['of another tenant', { tenant_id: 'b' }, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['of an identity assertion', {}, { typ: 'oauth-id-jag+jwt' }],
    ['with another key id', {}, { kid: 'another' }],
    ['without an audience', { aud: undefined }, {}],
    ['with two audiences', { aud: ['https://gate.test/files/mcp', MAIL] }, {}],
    ['with an actor that is none', { act: 'client:svc' }, {}],
  ])('XG-06 %s', async (_title, claims, header) => {
    await expectSubjectRefused(await signToken(test, claims, header), 'subject_token_unknown');
  });

  it.each(['nonsense', 'a.b.c', 'e30.e30.', `${'x'.repeat(9000)}.y.z`])('XG-06 %j', async (text) => {
    await expectSubjectRefused(text, 'subject_token_unknown');
  });

  it('XG-06 but a refresh token', async () => {
    await expectSubjectRefused(tokens.refresh_token, 'subject_token_unknown');
    expect((await test.postForm('/token', refreshing(tokens.refresh_token))).status).toBe(200);
  });

  describe('signed otherwise', () => {
    /** The key of the server as everybody can read it. */
    async function publicKey(): Promise<JWK> {
      const { keys } = (await (await test.send('/jwks')).json()) as { keys: JWK[] };
      const [jwk] = keys;
      if (jwk === undefined) throw new Error('The server has no key');
      return jwk;
    }
    const claims = () => claimsOf(tokens.access_token);

    it.each<[string, (jwk: JWK) => Promise<string | Buffer>]>([
      ['PEM', async (jwk) => exportSPKI((await importJWK({ ...jwk, ext: true }, 'ES256')) as CryptoKey)],
      ['JWK', async (jwk) => JSON.stringify(jwk)],
      ['coordinates', async ({ x = '' }) => Buffer.from(x, 'base64url')],
    ])('XG-03 HS256 with the public key as %s', async (_title, secretOf) => {
      const jwk = await publicKey();
      const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })}.${encode(claims())}`;
      const signature = createHmac('sha256', await secretOf(jwk))
        .update(text)
        .digest('base64url');
      await expectSubjectRefused(`${text}.${signature}`, 'subject_token_unknown');
    });

    it('XG-03 not at all', async () => {
      const { kid } = await publicKey();
      const text = `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims())}.`;
      await expectSubjectRefused(text, 'subject_token_unknown');
    });

    it.each(['with its key id', 'without a key id'])('XG-03 by a key in the header, %s', async (title) => {
      const { kid } = await publicKey();
      const { privateKey, publicKey: jwk } = await generateKeyPair('ES256', { extractable: true });
      const header = { alg: 'ES256', typ: 'at+jwt', jwk: await crypto.subtle.exportKey('jwk', jwk) };
      const forged = await new SignJWT(claims() as never)
        .setProtectedHeader({ ...header, ...(title === 'with its key id' ? { kid } : {}) } as never)
        .sign(privateKey);
      await expectSubjectRefused(forged, 'subject_token_unknown');
    });

    it('XG-03 by an address of keys in the header', async () => {
      const { privateKey } = await generateKeyPair('ES256');
      const forged = await new SignJWT(claims() as never)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jku: 'https://evil.test/jwks' })
        .sign(privateKey);
      await expectSubjectRefused(forged, 'subject_token_unknown');
    });
  });
});

describe('a subject token that is one no longer', () => {
  it('XG-06 expired', async () => {
    test.clock.now += 600;
    await expectSubjectRefused(tokens.access_token, 'subject_token_expired');
  });

  it('XG-06 revoked by its client', async () => {
    await test.postForm('/revoke', { client_id: 'pub', token: tokens.access_token });
    test.events.length = 0;
    await expectSubjectRefused(tokens.access_token, 'subject_token_ended', 'grant_revoked');
  });

  it('XG-06 of a client in its own name, revoked', async () => {
    const accessToken = await signToken(test);
    await test.postForm('/revoke', { client_id: 'pub', token: accessToken });
    test.events.length = 0;
    await expectSubjectRefused(accessToken, 'subject_token_ended', 'access_revoked');
  });

  it('XG-06 of a user who was disabled', async () => {
    await test.storage.users.disable(
      'default',
      'subject-of-alice',
      { now: test.clock.now, markLifetimeSeconds: 630 },
      { type: 'user.disabled', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now },
    );
    await expectSubjectRefused(tokens.access_token, 'subject_token_ended', 'grant_revoked');
  });

  it('XG-06 of a client that is gone', async () => {
    test = await startTestServer({ configuredClients: [service] }, test.storage);
    await expectSubjectRefused(tokens.access_token, 'subject_token_ended', 'client_gone');
  });

  it('XG-06 of a grant that there never was', async () => {
    const accessToken = await signToken(test, { sub: 'subject-of-alice' });
    await expectSubjectRefused(accessToken, 'subject_token_ended', 'grant_unknown');
  });

  it('XG-06 that was exchanged before, in the name of a client that never had the first', async () => {
    const accessToken = await signToken(test, { sub: 'client:nobody', client_id: 'svc', act: { sub: 'client:svc' } });
    await expectSubjectRefused(accessToken, 'subject_token_ended', 'client_gone');
  });

  it('XG-06 for a resource that the client does not serve', async () => {
    const { access_token } = await obtainTokens(test, { resource: MAIL });
    test.events.length = 0;
    await expectSubjectRefused(access_token, 'subject_token_of_other_resource');
  });
});

describe('a subject token that is bound to a key', () => {
  const withProof = async (subjectToken: string, form: Form = {}) =>
    test.postForm('/token', exchangeOf(subjectToken, form), {
      ...basicCredentials('svc', SECRET),
      ...(await proofHeader(test, { key: OTHER_KEY })),
    });
  const bound = () => signToken(test, { cnf: { jkt: PROOF_KEY.thumbprint } });

  it('XG-06 is not exchanged for one that is bound to none', async () => {
    const refused = await exchange(test, await bound());
    expect(await refused.clone().text()).toContain('since the subject token is bound to a key');
    await expectRefusal(refused, 400, 'invalid_dpop_proof');
    expect(test.events).toMatchObject([{ type: 'token.refused', reason: 'dpop_proof_missing' }]);
  });

  it('is exchanged for one that is bound to the key of the service', async () => {
    const body = await exchanged(await withProof(await bound()));
    expect(body).toMatchObject({ token_type: 'DPoP' });
    expect(claimsOf(body.access_token)['cnf']).toEqual({ jkt: OTHER_KEY.thumbprint });
  });

  it('need not be, for one that is', async () => {
    const body = await exchanged(await withProof(tokens.access_token));
    expect(claimsOf(body.access_token)['cnf']).toEqual({ jkt: OTHER_KEY.thumbprint });
    const { access_token } = await exchanged(await exchange(test, tokens.access_token));
    expect(claimsOf(access_token)).not.toHaveProperty('cnf');
  });
});
