import { createHash } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { ALICE, type OwnServer } from '../support/own-server.js';
import { CLIENT_KEY, CLIENTS, type ClientKind, FILES, INTROSPECTOR, MAIL, SECRET } from './clients.js';
import { startJudgedServer } from './judged-server.js';

// A certified client library that is not ours goes through every grant over real HTTP, and reads every answer with its
// own strictness: discovery, registration, PKCE, `state`, `iss`, token responses, JWT access tokens (RFC 9068).

const INSECURE = { [oauth.allowInsecureRequests]: true };

let server: OwnServer;
let as: oauth.AuthorizationServer;
let clientKey: oauth.CryptoKey;

beforeAll(async () => {
  server = await startJudgedServer();
  as = await discover('oauth2');
  clientKey = await crypto.subtle.importKey(
    'jwk',
    CLIENT_KEY.export({ format: 'jwk' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );
});

afterAll(async () => {
  await server?.close();
});

async function discover(algorithm: 'oauth2' | 'oidc'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.origin);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE }));
}

/** How a client of the table proves itself, by the library's own hand. */
function authenticationOf({ method }: ClientKind): oauth.ClientAuth {
  switch (method) {
    case 'none':
      return oauth.None();
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(SECRET);
    case 'client_secret_post':
      return oauth.ClientSecretPost(SECRET);
    case 'private_key_jwt':
      return oauth.PrivateKeyJwt({ key: clientKey, kid: 'client-key' });
  }
}

const asClient = (kind: ClientKind): oauth.Client => ({ client_id: kind.clientId ?? '' });

/** Sends the user through the pages and redeems what comes back. */
async function authorize(
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  redirectUri: string,
): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: FILES,
    scope: 'files:read files:write',
    state,
  }).toString();
  const location = await authorizeByForms(new FormBrowser(server.origin), url, ALICE);
  const parameters = oauth.validateAuthResponse(as, client, location, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    authentication,
    parameters,
    redirectUri,
    verifier,
    { ...INSECURE, additionalParameters: { resource: FILES } },
  );
  return oauth.processAuthorizationCodeResponse(as, client, response);
}

async function refresh(
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  refreshToken: string,
): Promise<oauth.TokenEndpointResponse> {
  const options = { ...INSECURE, additionalParameters: { resource: FILES } };
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, options);
  return oauth.processRefreshTokenResponse(as, client, response);
}

/** What a resource server that relies on the library finds in an access token. */
async function claimsOf(accessToken: string, audience = FILES): Promise<oauth.JWTAccessTokenClaims> {
  const request = new Request(audience, { headers: { authorization: `Bearer ${accessToken}` } });
  return oauth.validateJwtAccessToken(as, request, audience, INSECURE);
}

/** A code and a refresh, as a client of this kind. */
async function expectCodeAndRefresh(client: oauth.Client, authentication: oauth.ClientAuth, redirectUri: string) {
  const first = await authorize(client, authentication, redirectUri);
  expect(first).toMatchObject({ token_type: 'bearer', expires_in: 600, scope: 'files:read files:write' });
  const second = await refresh(client, authentication, first.refresh_token ?? '');
  expect(second.refresh_token).not.toBe(first.refresh_token);
  for (const { access_token: accessToken } of [first, second]) {
    expect(await claimsOf(accessToken)).toMatchObject({ iss: server.origin, client_id: client.client_id });
    await expect(claimsOf(accessToken, MAIL)).rejects.toThrow('unexpected JWT "aud"');
  }
  return second;
}

describe('oauth4webapi', () => {
  it('discovers the same server in both ways', async () => {
    const other = await discover('oidc');
    expect(other.token_endpoint).toBe(as.token_endpoint);
    expect(as.code_challenge_methods_supported).toEqual(['S256']);
  });

  it.each([CLIENTS.public, CLIENTS.native, CLIENTS.basic, CLIENTS.post, CLIENTS.jwt])(
    'authorization_code and refresh_token as the $name client ($method)',
    async (kind: ClientKind) => {
      await expectCodeAndRefresh(asClient(kind), authenticationOf(kind), kind.redirectUri);
    },
  );

  it.each(['none', 'client_secret_basic', 'client_secret_post'] as const)(
    'registers itself with %s, then authorization_code and refresh_token',
    async (method) => {
      const redirectUri = 'http://127.0.0.1:49152/callback';
      const metadata = {
        client_name: 'oauth4webapi',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: method,
      };
      const registered = await oauth.processDynamicClientRegistrationResponse(
        await oauth.dynamicClientRegistrationRequest(as, metadata, INSECURE),
      );
      const secret = String(registered.client_secret);
      const authentication = {
        none: () => oauth.None(),
        client_secret_basic: () => oauth.ClientSecretBasic(secret),
        client_secret_post: () => oauth.ClientSecretPost(secret),
      }[method]();
      await expectCodeAndRefresh(registered, authentication, redirectUri);
    },
  );

  it('is told why, in the words of the RFC', async () => {
    const client = asClient(CLIENTS.basic);
    const tokens = await authorize(client, authenticationOf(CLIENTS.basic), CLIENTS.basic.redirectUri);
    const wrong = refresh(client, oauth.ClientSecretBasic('not-the-secret'), tokens.refresh_token ?? '');
    await expect(wrong).rejects.toMatchObject({ status: 401 });
    await expect(refresh(client, authenticationOf(CLIENTS.basic), 'pcr_none')).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    });
  });

  describe('client_credentials', () => {
    it.each([CLIENTS.machine, CLIENTS.machineJwt])(
      'brings the $name client ($method) an access token in its own name and nothing to refresh',
      async (kind: ClientKind) => {
        const client = asClient(kind);
        const response = await oauth.clientCredentialsGrantRequest(
          as,
          client,
          authenticationOf(kind),
          { resource: FILES, scope: 'files:read' },
          INSECURE,
        );
        const tokens = await oauth.processClientCredentialsResponse(as, client, response);
        expect(tokens).toMatchObject({ scope: 'files:read', expires_in: 600 });
        expect(tokens.refresh_token).toBeUndefined();
        const claims = await claimsOf(tokens.access_token);
        expect(claims.client_id).toBe(kind.clientId);
        expect(claims).not.toHaveProperty('auth_time');
      },
    );
  });

  describe('revocation', () => {
    it.each([CLIENTS.public, CLIENTS.basic])('TK-05 ends the grant of the $name client', async (kind: ClientKind) => {
      const client = asClient(kind);
      const tokens = await authorize(client, authenticationOf(kind), kind.redirectUri);
      const revoke = async (token: string): Promise<void> =>
        oauth.processRevocationResponse(
          await oauth.revocationRequest(as, client, authenticationOf(kind), token, INSECURE),
        );
      await revoke('an unknown token');
      await revoke(tokens.refresh_token ?? '');
      await revoke(tokens.refresh_token ?? '');
      await expect(refresh(client, authenticationOf(kind), tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });
  });

  describe('introspection', () => {
    const resourceServer: oauth.Client = { client_id: INTROSPECTOR.clientId };
    const introspect = async (token: string): Promise<oauth.IntrospectionResponse> =>
      oauth.processIntrospectionResponse(
        as,
        resourceServer,
        await oauth.introspectionRequest(
          as,
          resourceServer,
          oauth.ClientSecretBasic(INTROSPECTOR.secret),
          token,
          INSECURE,
        ),
      );

    it('TK-06 tells the resource server about its tokens, and of others only that they are not active', async () => {
      const tokens = await authorize(asClient(CLIENTS.public), oauth.None(), CLIENTS.public.redirectUri);
      expect(await introspect(tokens.access_token)).toMatchObject({
        active: true,
        aud: FILES,
        client_id: CLIENTS.public.clientId,
        scope: 'files:read files:write',
      });
      const stranger = createHash('sha256').update('no token').digest('base64url');
      expect(await introspect(stranger)).toEqual({ active: false });
    });
  });
});
