import { createPrivateKeyJwtAuth } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import type { Client } from '@portcullis/ports';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { conf, jwksOf, KEYS, makeTestKey, type TestKey } from './testing/client-assertions.js';
import { clients, configuredClient, FILES, ISSUER, SECRET } from './testing/fixtures.js';
import { claimsOf, expectRefusal } from './testing/test-client.js';
import { startTestServer, type TestServer } from './testing/test-server.js';

// Clients that are not ours, and know nothing of us, judge how we let a client in.

const clientSecretHash = clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash;
const withSecret = (clientId: string, tokenEndpointAuthMethod: Client['tokenEndpointAuthMethod']): Client =>
  configuredClient(clientId, {
    tokenEndpointAuthMethod,
    clientSecretHash,
    grantTypes: ['client_credentials'],
    redirectUris: [],
  });
const withKey = (clientId: string, key: TestKey): Client =>
  configuredClient(clientId, { ...conf, clientId, jwks: jwksOf(key) });

/** A client of the configuration, and what each library makes of its proof. */
interface Case {
  readonly clientId: string;
  readonly proof: oauth.ClientAuth;
  readonly oidcProof: oidc.ClientAuth;
}
const byKey = (clientId: string, { privateKey, publicJwk }: TestKey, named: boolean): Case => {
  const key = named && publicJwk.kid !== undefined ? { key: privateKey, kid: publicJwk.kid } : privateKey;
  return { clientId, proof: oauth.PrivateKeyJwt(key), oidcProof: oidc.PrivateKeyJwt(key) };
};
const KEY_CASES: readonly (readonly [string, Case])[] = Object.entries(KEYS).map(([algorithm, key]) => [
  `private_key_jwt with ${algorithm}`,
  byKey(`key-${algorithm}`, key, true),
]);
const CASES: readonly (readonly [string, Case])[] = [
  [
    'client_secret_basic',
    { clientId: 'basic', proof: oauth.ClientSecretBasic(SECRET), oidcProof: oidc.ClientSecretBasic(SECRET) },
  ],
  [
    'client_secret_post',
    { clientId: 'post', proof: oauth.ClientSecretPost(SECRET), oidcProof: oidc.ClientSecretPost(SECRET) },
  ],
  ...KEY_CASES,
  ['private_key_jwt without a key id', byKey('key-ES256', KEYS.ES256, false)],
];

let test: TestServer;
let as: oauth.AuthorizationServer;
beforeAll(async () => {
  test = await startTestServer({
    configuredClients: [
      withSecret('basic', 'client_secret_basic'),
      withSecret('post', 'client_secret_post'),
      ...Object.entries(KEYS).map(([algorithm, key]) => withKey(`key-${algorithm}`, key)),
    ],
  });
  test.clock.now = Math.floor(Date.now() / 1000);
  const issuer = new URL(ISSUER);
  as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  );
});

const send = (url: string, init: RequestInit): Promise<Response> => test.send(url.slice(ISSUER.length), init);
const options = { [oauth.customFetch]: send as never };
const REDIRECT = 'https://app.test/cb';

function checkOwnName(clientId: string, accessToken: string): void {
  expect(claimsOf(accessToken)).toMatchObject({ sub: `client:${clientId}`, client_id: clientId, aud: FILES });
}

describe('oauth4webapi', () => {
  it.each(CASES)('gets an access token in its own name by %s', async (_title, { clientId, proof }) => {
    const client = { client_id: clientId };
    const parameters = new URLSearchParams({ resource: FILES });
    const response = await oauth.clientCredentialsGrantRequest(as, client, proof, parameters, options);
    const tokens = await oauth.processClientCredentialsResponse(as, client, response);
    checkOwnName(clientId, tokens.access_token);
    expect(tokens.refresh_token).toBeUndefined();
    const request = new Request(FILES, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(await oauth.validateJwtAccessToken(as, request, FILES, options)).toMatchObject({ client_id: clientId });
  });

  it.each(KEY_CASES)('redeems a code and refreshes by %s', async (_title, { clientId, proof }) => {
    const client = { client_id: clientId };
    const verifier = oauth.generateRandomCodeVerifier();
    const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const location = await test.newBrowser().approve({ client_id: clientId, code_challenge, state: 's' });
    const callback = oauth.validateAuthResponse(as, client, location, 's');
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, proof, callback, REDIRECT, verifier, options),
    );
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, proof, String(tokens.refresh_token), options),
    );
    expect(claimsOf(refreshed.access_token)).toMatchObject({ sub: 'subject-of-alice', client_id: clientId });
  });
});

describe('openid-client', () => {
  const discover = async (clientId: string, proof: oidc.ClientAuth): Promise<oidc.Configuration> => {
    const discovery = { algorithm: 'oauth2', [oidc.customFetch]: send as never } as const;
    return oidc.discovery(new URL(ISSUER), clientId, {}, proof, discovery);
  };

  it.each(CASES)('gets an access token in its own name by %s', async (_title, { clientId, oidcProof }) => {
    const config = await discover(clientId, oidcProof);
    const tokens = await oidc.clientCredentialsGrant(config, { resource: FILES });
    checkOwnName(clientId, tokens.access_token);
  });

  it.each(KEY_CASES)('redeems a code and refreshes by %s', async (_title, { clientId, oidcProof }) => {
    const config = await discover(clientId, oidcProof);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const code_challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
    const location = await test.newBrowser().approve({ client_id: clientId, code_challenge, state: 's' });
    const checks = { pkceCodeVerifier, expectedState: 's' };
    const tokens = await oidc.authorizationCodeGrant(config, location, checks);
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(claimsOf(refreshed.access_token)).toMatchObject({ sub: 'subject-of-alice', client_id: clientId });
  });

  it('is told when its key is another one', async () => {
    const { privateKey } = await makeTestKey('ES256', 'es');
    const config = await discover('key-ES256', oidc.PrivateKeyJwt({ key: privateKey, kid: 'es' }));
    const refused = oidc.clientCredentialsGrant(config, { resource: FILES });
    await expect(refused).rejects.toMatchObject({ status: 401, error: 'invalid_client' });
  });
});

describe('the official SDK', () => {
  const authenticate = async (audience?: string): Promise<Response> => {
    const { privateJwk } = KEYS.ES256;
    const proof = { issuer: 'key-ES256', subject: 'key-ES256', privateKey: { ...privateJwk }, alg: 'ES256' };
    const addClientAuthentication = createPrivateKeyJwtAuth(audience === undefined ? proof : { ...proof, audience });
    const parameters = new URLSearchParams({ grant_type: 'client_credentials', resource: FILES });
    await addClientAuthentication(new Headers(), parameters, `${ISSUER}/token`, as as never);
    return test.postForm('/token', Object.fromEntries(parameters));
  };

  it('signs for the issuer, names no key, and is let in', async () => {
    const response = await authenticate();
    expect(response.status).toBe(200);
    checkOwnName('key-ES256', ((await response.json()) as { access_token: string }).access_token);
  });

  it('is refused when it was told to sign for the token endpoint', async () => {
    await expectRefusal(await authenticate(`${ISSUER}/token`), 401, 'invalid_client');
    expect(test.events.at(-1)?.reason).toBe('client_assertion_audience_wrong');
  });
});
