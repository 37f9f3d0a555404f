import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import * as oauth from 'oauth4webapi';
import type { OutputChunk } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_CLIENTS } from '../interop/clients.js';
import { type AssertionMaker, startAssertionMaker } from '../interop/extended/assertion-maker.js';
import { decideOnDevice } from '../support/device-by-forms.js';
import { bundleEdgeWorker, EDGE_RESOURCE, type EdgeWorker, startEdgeWorker } from '../support/edge-worker.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';

// The authorization server where there is no Node: the example on Hono in workerd, and a client library that is not ours.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const REDIRECT_URI = 'https://client.example.com/callback';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SECRET = 'a-secret-of-a-machine-at-the-edge-0000';
const machine: Client = {
  ...(OWN_CLIENTS.find(({ clientId }) => clientId === 'mac') as Client),
  clientSecretHash: nodePlatform.hash(SECRET),
  grantTypes: ['client_credentials', TOKEN_EXCHANGE],
  scopes: ['notes:read'],
  tokenExchange: { subjectResources: [EDGE_RESOURCE], targetResources: [EDGE_RESOURCE] },
};
const device: Client = {
  ...(OWN_CLIENTS.find(({ tokenEndpointAuthMethod }) => tokenEndpointAuthMethod === 'none') as Client),
  clientId: 'device',
  grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'],
  redirectUris: [],
};

let platform: AssertionMaker;
let bundle: OutputChunk;
let worker: EdgeWorker;
let as: oauth.AuthorizationServer;

beforeAll(async () => {
  bundle = await bundleEdgeWorker();
  platform = await startAssertionMaker();
  const claims = { repository: 'octo/app' };
  const identity = { name: 'deploy', claims, resources: [EDGE_RESOURCE], scopes: ['notes:read'] };
  worker = await startEdgeWorker(bundle.code, {
    configuredClients: [machine, device],
    assertionIssuers: [{ kind: 'workload', name: 'builds', issuer: platform.issuer, identities: [identity] }],
  });
  const issuer = new URL(worker.origin);
  const metadata = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
  as = await oauth.processDiscoveryResponse(issuer, metadata);
});

afterAll(async () => {
  await worker?.stop();
  await platform?.close();
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

  const sentBy = (clientId: string): [oauth.Client, oauth.ClientAuth] =>
    clientId === machine.clientId
      ? [{ client_id: clientId }, oauth.ClientSecretBasic(SECRET)]
      : [{ client_id: clientId }, oauth.None()];

  it('gives a machine a token in its own name, and one in exchange for that of a device whose person approved', async () => {
    const [client, secret] = sentBy(machine.clientId);
    const resource = { resource: worker.resource };
    const own = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, secret, resource, INSECURE),
    );
    expect(await introspect(own.access_token)).toMatchObject({ active: true, sub: 'client:mac' });

    const [screen, none] = sentBy(device.clientId);
    const begun = await oauth.processDeviceAuthorizationResponse(
      as,
      screen,
      await oauth.deviceAuthorizationRequest(as, screen, none, { ...resource, scope: 'notes:read' }, INSECURE),
    );
    const browser = new FormBrowser(worker.origin);
    await decideOnDevice(browser, begun.verification_uri_complete ?? '', worker.person);
    const granted = await oauth.processDeviceCodeResponse(
      as,
      screen,
      await oauth.deviceCodeGrantRequest(as, screen, none, begun.device_code, INSECURE),
    );
    const exchanged = await oauth.processGenericTokenEndpointResponse(
      as,
      client,
      await oauth.genericTokenEndpointRequest(
        as,
        client,
        secret,
        TOKEN_EXCHANGE,
        {
          subject_token: granted.access_token,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          audience: worker.resource,
        },
        INSECURE,
      ),
    );
    expect(await introspect(exchanged.access_token)).toMatchObject({ sub: 'person-1', client_id: 'mac' });
  });

  it('takes the assertion of a workload, whose keys it fetches', async () => {
    const assertion = await platform.sign({ sub: 'job', aud: worker.origin, repository: 'octo/app' });
    const body = new URLSearchParams({ grant_type: JWT_BEARER, assertion });
    const answer = await fetch(`${worker.origin}/token`, { method: 'POST', body });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect([answer.status, await introspect(token)]).toMatchObject([200, { sub: 'workload:builds:deploy' }]);
    const other = await platform.sign({ sub: 'job', aud: worker.origin, repository: 'octo/other' });
    const refused = new URLSearchParams({ grant_type: JWT_BEARER, assertion: other });
    expect((await fetch(`${worker.origin}/token`, { method: 'POST', body: refused })).status).toBe(400);
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

  it('keeps the name after a mistake, with the focus on the password, and has nothing for who comes by no application', async () => {
    const direct = await fetch(`${worker.origin}/login`);
    expect([direct.status, await direct.text()]).toEqual([400, expect.not.stringContaining('<form')]);
    const [client] = await register('none');
    const browser = new FormBrowser(worker.origin);
    await browser.open(authorizationUrl(await requestOf(client, oauth.generateRandomCodeVerifier(), 's')));
    const wrong = await fetch(`${worker.origin}/login`, {
      method: 'POST',
      headers: { origin: worker.origin, cookie: browser.cookieHeader, 'cf-connecting-ip': '192.0.2.9' },
      body: new URLSearchParams({ username: '"><b>eve', password: 'x' }),
    });
    const page = await wrong.text();
    expect([wrong.status, page]).toEqual([401, expect.stringContaining('role="alert"')]);
    expect(page).toContain('value="&quot;&gt;&lt;b&gt;eve"');
    expect(page).toMatch(/<input id="password"[^>]* autofocus>/);
    expect(page).toContain('name="viewport"');
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

it.each([
  ['are missing', { RESOURCE: '', PERSON_PASSWORD: '' }, 'The worker needs RESOURCE, PERSON_PASSWORD: see README.md'],
  ['cannot be read', { OPTIONS: '{bad' }, 'OPTIONS is an object in JSON'],
])('F-12 names the variables that %s, and starts nothing', async (_title, changes, sentence) => {
  const lacking = await startEdgeWorker(bundle.code, {}, changes);
  try {
    expect((await fetch(`${lacking.origin}/token`)).status).toBe(500);
    expect(lacking.output()).toContain(sentence);
    expect(lacking.output()).not.toContain(lacking.resourceServerSecret);
  } finally {
    await lacking.stop();
  }
});
