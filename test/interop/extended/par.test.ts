import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { ALICE, type OwnServer, startOwnServer } from '../../support/own-server.js';
import { CLIENT_KEY, CLIENTS, type ClientKind, FILES, OWN_CLIENTS, OWN_RESOURCES, SECRET } from '../clients.js';

// Two client libraries that are not ours push their authorization requests (RFC 9126), at a server that takes no others.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const KINDS = [CLIENTS.public, CLIENTS.native, CLIENTS.basic, CLIENTS.post, CLIENTS.jwt];

let server: OwnServer;
let clientKey: oauth.CryptoKey;

beforeAll(async () => {
  server = await startOwnServer({
    resources: OWN_RESOURCES,
    configuredClients: OWN_CLIENTS,
    pushedAuthorizationRequests: 'required',
  });
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

const browse = (url: URL): Promise<URL> => authorizeByForms(new FormBrowser(server.origin), url, ALICE);

describe('oauth4webapi', () => {
  let as: oauth.AuthorizationServer;
  beforeAll(async () => {
    const issuer = new URL(server.origin);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, discovered);
  });

  const proofOf = ({ method }: ClientKind): oauth.ClientAuth => {
    const proofs = {
      none: () => oauth.None(),
      client_secret_basic: () => oauth.ClientSecretBasic(SECRET),
      client_secret_post: () => oauth.ClientSecretPost(SECRET),
      private_key_jwt: () => oauth.PrivateKeyJwt({ key: clientKey, kid: 'client-key' }),
    };
    return proofs[method]();
  };

  /** What a request says, and what it needs to be redeemed. */
  async function newRequest({ redirectUri }: ClientKind) {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const parameters = {
      redirect_uri: redirectUri,
      response_type: 'code',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      resource: FILES,
      scope: 'files:read files:write',
      state,
    };
    return { verifier, state, parameters };
  }

  const push = async (kind: ClientKind, parameters: Record<string, string>, options: object = {}) => {
    const client = { client_id: kind.clientId ?? '' };
    const sent = { ...INSECURE, ...options };
    return oauth.pushedAuthorizationRequest(as, client, proofOf(kind), parameters, sent);
  };

  const addressOf = (kind: ClientKind, requestUri: string): URL => {
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({ client_id: kind.clientId ?? '', request_uri: requestUri }).toString();
    return url;
  };

  it('finds the endpoint', () => {
    expect(as.pushed_authorization_request_endpoint).toBe(`${server.origin}/par`);
    expect(as.require_pushed_authorization_requests).toBe(true);
  });

  it.each(KINDS)('pushes as the $name client ($method), and redeems the code', async (kind: ClientKind) => {
    const client = { client_id: kind.clientId ?? '' };
    const { verifier, state, parameters } = await newRequest(kind);
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, await push(kind, parameters));
    expect(pushed.expires_in).toBe(60);
    const location = await browse(addressOf(kind, pushed.request_uri));
    const callback = oauth.validateAuthResponse(as, client, location, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      proofOf(kind),
      callback,
      kind.redirectUri,
      verifier,
      INSECURE,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response);
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'files:read files:write' });

    const again = await new FormBrowser(server.origin).open(addressOf(kind, pushed.request_uri));
    expect(again).toMatchObject({ kind: 'page', status: 400 });
  });

  it('binds the code to the key that it proves to hold while it pushes (RFC 9449 §10.1)', async () => {
    const kind = CLIENTS.public;
    const client = { client_id: kind.clientId };
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const { verifier, state, parameters } = await newRequest(kind);
    const response = await push(kind, parameters, { DPoP });
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, response);
    const location = await browse(addressOf(kind, pushed.request_uri));
    const callback = oauth.validateAuthResponse(as, client, location, state);
    const redeem = async (options: object) =>
      oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), callback, kind.redirectUri, verifier, {
          ...INSECURE,
          ...options,
        }),
      );
    await expect(redeem({})).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await redeem({ DPoP })).toMatchObject({ token_type: 'dpop' });
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['a redirect URI that is not its own', { redirect_uri: 'https://evil.test/cb' }, 400, 'invalid_request'],
    ['a resource that there is not', { resource: 'https://gate.test/nothing' }, 400, 'invalid_target'],
  ])('is told of %s at once', async (_title, changes, status, error) => {
    const kind = CLIENTS.basic;
    const { parameters } = await newRequest(kind);
    const response = await push(kind, { ...parameters, ...changes });
    const refused = oauth.processPushedAuthorizationResponse(as, { client_id: kind.clientId }, response);
    await expect(refused).rejects.toMatchObject({ status, error });
  });

  it('is told that a request which was not pushed is not taken', async () => {
    const { parameters, state } = await newRequest(CLIENTS.basic);
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({ ...parameters, client_id: CLIENTS.basic.clientId }).toString();
    const visit = await new FormBrowser(server.origin).open(url);
    if (visit.kind !== 'left') throw new Error('The browser was not sent back');
    expect(() => oauth.validateAuthResponse(as, { client_id: CLIENTS.basic.clientId }, visit.location, state)).toThrow(
      expect.objectContaining({ error: 'invalid_request' }),
    );
  });
});

describe('openid-client', () => {
  const proofOf = ({ method }: ClientKind): oidc.ClientAuth => {
    const proofs = {
      none: () => oidc.None(),
      client_secret_basic: () => oidc.ClientSecretBasic(SECRET),
      client_secret_post: () => oidc.ClientSecretPost(SECRET),
      private_key_jwt: () => oidc.PrivateKeyJwt({ key: clientKey, kid: 'client-key' }),
    };
    return proofs[method]();
  };

  it.each(KINDS)('pushes as the $name client ($method), and redeems the code', async (kind: ClientKind) => {
    const discovery = { algorithm: 'oauth2', execute: [oidc.allowInsecureRequests] } as const;
    const issuer = new URL(server.origin);
    const config = await oidc.discovery(issuer, kind.clientId ?? '', {}, proofOf(kind), discovery);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const url = await oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: kind.redirectUri,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      resource: FILES,
      scope: 'files:read',
      state: expectedState,
    });
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    const tokens = await oidc.authorizationCodeGrant(config, await browse(url), { pkceCodeVerifier, expectedState });
    expect(tokens.scope).toBe('files:read');
  });
});
