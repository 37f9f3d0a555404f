import * as oauth from 'oauth4webapi';
import type { OutputChunk } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEdgeWorker, type EdgeWorker, startEdgeWorker } from '../support/edge-worker.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';

// The authorization server where there is no Node: the example on Hono in workerd, and a client library that is not ours.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const REDIRECT_URI = 'https://client.example.com/callback';

let bundle: OutputChunk;
let worker: EdgeWorker;
let as: oauth.AuthorizationServer;

beforeAll(async () => {
  bundle = await bundleEdgeWorker();
  worker = await startEdgeWorker(bundle.code);
  const issuer = new URL(worker.origin);
  const metadata = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
  as = await oauth.processDiscoveryResponse(issuer, metadata);
});

afterAll(async () => {
  await worker?.stop();
});

it('is bundled with nothing of Node in it', () => {
  expect([...bundle.imports, ...bundle.dynamicImports]).toEqual([]);
  expect(bundle.code).not.toMatch(/\bfrom\s*["']node:|\b(?:import|require)\s*\(\s*["']node:/);
});

describe('the authorization server in workerd', () => {
  const register = async (method: 'none' | 'client_secret_basic'): Promise<[oauth.Client, oauth.ClientAuth]> => {
    const metadata = { client_name: 'Edge', redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: method };
    const response = await oauth.dynamicClientRegistrationRequest(as, metadata, INSECURE);
    const client = await oauth.processDynamicClientRegistrationResponse(response);
    return [client, method === 'none' ? oauth.None() : oauth.ClientSecretBasic(String(client.client_secret))];
  };

  const authorizationUrl = (parameters: Record<string, string>): URL => {
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams(parameters).toString();
    return url;
  };

  const requestOf = async (client: oauth.Client, verifier: string, state: string): Promise<Record<string, string>> => ({
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: worker.resource,
    scope: 'notes:write',
    state,
  });

  /** What the resource server is told of a token. */
  const introspect = async (token: string): Promise<oauth.IntrospectionResponse> => {
    const client = { client_id: 'notes' };
    const authentication = oauth.ClientSecretBasic(worker.resourceServerSecret);
    const response = await oauth.introspectionRequest(as, client, authentication, token, INSECURE);
    return oauth.processIntrospectionResponse(as, client, response);
  };

  it('takes a pushed request, signs a person in by the login of the host, and gives tokens that are known again', async () => {
    const [client, authentication] = await register('client_secret_basic');
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(
        as,
        client,
        authentication,
        await requestOf(client, verifier, state),
        INSECURE,
      ),
    );
    const url = authorizationUrl({ client_id: client.client_id, request_uri: pushed.request_uri });
    const location = await authorizeByForms(new FormBrowser(worker.origin), url, worker.person);
    const parameters = oauth.validateAuthResponse(as, client, location, state);
    const options = { ...INSECURE, additionalParameters: { resource: worker.resource } };
    const granted = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        authentication,
        parameters,
        REDIRECT_URI,
        verifier,
        options,
      ),
    );
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, authentication, granted.refresh_token ?? '', options),
    );
    const request = new Request(worker.resource, { headers: { authorization: `Bearer ${refreshed.access_token}` } });
    expect(await oauth.validateJwtAccessToken(as, request, worker.resource, INSECURE)).toMatchObject({
      iss: worker.origin,
      sub: 'person-1',
    });
    expect(await introspect(refreshed.access_token)).toMatchObject({ active: true, scope: 'notes:write' });
    const revoked = await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token ?? '', INSECURE);
    await oauth.processRevocationResponse(revoked);
    expect(await introspect(refreshed.access_token)).toEqual({ active: false });
  });

  it('binds the tokens of a public client to its key, many requests at once', async () => {
    const [client, authentication] = await register('none');
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
    const url = authorizationUrl(await requestOf(client, verifier, state));
    const location = await authorizeByForms(new FormBrowser(worker.origin), url, worker.person);
    const parameters = oauth.validateAuthResponse(as, client, location, state);
    const options = { ...INSECURE, DPoP, additionalParameters: { resource: worker.resource } };
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      parameters,
      REDIRECT_URI,
      verifier,
      options,
    );
    const granted = await oauth.processAuthorizationCodeResponse(as, client, response);
    expect(granted.token_type).toBe('dpop');
    // One isolate serves them all: what one request waits for may have been begun by another.
    const answers = await Promise.all(Array.from({ length: 20 }, () => introspect(granted.access_token)));
    for (const answer of answers) expect(answer).toMatchObject({ active: true, cnf: { jkt: expect.any(String) } });
  });

  it('refuses bodies beyond 16 KiB, wrong methods and other paths as elsewhere', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const large = await fetch(`${worker.origin}/token`, { method: 'POST', headers: form, body: 'a'.repeat(17_000) });
    expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ error: 'invalid_request' })]);
    expect((await fetch(`${worker.origin}/token`, { method: 'PUT' })).headers.get('allow')).toBe('POST, OPTIONS');
    expect((await fetch(`${worker.origin}/nowhere`)).status).toBe(404);
  });

  it('lets no login be finished by a browser that did not begin it', async () => {
    const forged = await fetch(`${worker.origin}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: worker.origin },
      body: new URLSearchParams(worker.person),
    });
    expect([forged.status, forged.headers.get('set-cookie')]).toEqual([400, null]);
  });

  // Last of all: nobody of these names can sign in for the next minute.
  it('counts sign-in attempts by name and by network, and takes the right password no more beyond that', async () => {
    const [client] = await register('none');
    const browser = new FormBrowser(worker.origin);
    await browser.open(authorizationUrl(await requestOf(client, oauth.generateRandomCodeVerifier(), 's')));
    const attempt = async (typed: Record<string, string>, network: string): Promise<number> => {
      const answer = await fetch(`${worker.origin}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: worker.origin, cookie: browser.cookieHeader, 'cf-connecting-ip': network },
        body: new URLSearchParams(typed),
      });
      return answer.status;
    };
    const attempts = async (count: number, typed: (attempt: number) => Record<string, string>, network: string) => {
      const statuses = [];
      for (let index = 0; index < count; index += 1) statuses.push(await attempt(typed(index), network));
      return statuses;
    };
    const mallory = { username: 'mallory', password: 'x' };
    expect(await attempts(6, () => mallory, '192.0.2.1')).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await attempt(mallory, '192.0.2.2')).toBe(429);
    const others = await attempts(31, (index) => ({ username: `mallory-${index}`, password: 'x' }), '192.0.2.3');
    expect(others.lastIndexOf(401)).toBe(29);
    expect(await attempt(worker.person, '192.0.2.3')).toBe(429);
    await attempts(5, () => ({ ...worker.person, password: 'x' }), '192.0.2.4');
    expect(await attempt(worker.person, '192.0.2.5')).toBe(429);
  });
});
