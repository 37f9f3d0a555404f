import * as oauth from 'oauth4webapi';
import { beforeEach, expect, it } from 'vitest';
import { FILES, ISSUER, SECRET } from '../testing/fixtures.js';
import { obtainTokens, refreshing, type Tokens } from '../testing/test-client.js';
import { addResourceServer, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// Revocation and introspection as a client sees them that is not ours, and that has only read the metadata.

let test: TestServer;
let files: TestResourceServer;
let tokens: Tokens;
let as: oauth.AuthorizationServer;
let options: { [oauth.customFetch]: never };

beforeEach(async () => {
  test = await startTestServer();
  files = await addResourceServer(test);
  tokens = await obtainTokens(test);
  options = {
    [oauth.customFetch]: ((url: string, init: RequestInit) => test.send(url.slice(ISSUER.length), init)) as never,
  };
  const issuer = new URL(ISSUER);
  as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  );
});

const resourceServer = (): oauth.Client => ({ client_id: files.resourceServerId });

async function introspect(token: string, auth = oauth.ClientSecretBasic(files.secret)) {
  const response = await oauth.introspectionRequest(as, resourceServer(), auth, token, options);
  return oauth.processIntrospectionResponse(as, resourceServer(), response);
}

async function revoke(clientId: string, auth: oauth.ClientAuth, token: string, hint = 'refresh_token') {
  const additionalParameters = { token_type_hint: hint };
  const request = { additionalParameters, ...options };
  const response = await oauth.revocationRequest(as, { client_id: clientId }, auth, token, request);
  await oauth.processRevocationResponse(response);
}

it.each([
  ['client_secret_basic', () => oauth.ClientSecretBasic(files.secret)],
  ['client_secret_post', () => oauth.ClientSecretPost(files.secret)],
])('introspects with %s, as metadata offers it', async (method, auth) => {
  expect(as.introspection_endpoint_auth_methods_supported).toContain(method);
  const answer = await introspect(tokens.access_token, auth());
  expect(answer).toMatchObject({ active: true, iss: ISSUER, aud: FILES, client_id: 'pub', token_type: 'Bearer' });
  expect(await introspect('garbage', auth())).toEqual({ active: false });
});

it('is told in a challenge that its secret is wrong', async () => {
  const asked = introspect(tokens.access_token, oauth.ClientSecretBasic('pcrs_wrong'));
  await expect(asked).rejects.toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
});

it.each(['refresh_token', 'access_token'] as const)('TK-05 revokes the whole grant with its %s', async (kind) => {
  await revoke('pub', oauth.None(), tokens[kind], kind);
  expect(await introspect(tokens.access_token)).toEqual({ active: false });
  expect(await introspect(tokens.refresh_token)).toEqual({ active: false });
  expect((await test.postForm('/token', refreshing(tokens.refresh_token))).status).toBe(400);
  await revoke('pub', oauth.None(), tokens[kind], kind);
});

it('TK-05 hears of an error where it proved who it is and the token is of another client', async () => {
  const revoked = revoke('bas', oauth.ClientSecretBasic(SECRET), tokens.refresh_token);
  await expect(revoked).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  await revoke('nat', oauth.None(), tokens.refresh_token);
  expect(await introspect(tokens.access_token)).toMatchObject({ active: true });
});
