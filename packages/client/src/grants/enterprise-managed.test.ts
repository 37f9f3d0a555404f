import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../http/transport.js';
import { createGuardedTransport } from '../node/guarded-transport.js';
import { createSession } from '../session/session.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { enterpriseManaged } from './enterprise-managed.js';

/** An identity provider on this computer, as one in a private network is to a client that talks to a public server. */
const identityProvider = createServer((request, response) => void take(request, response));
let tokenEndpoint: string;
let asked: URLSearchParams[];
let answer: (response: ServerResponse) => void;

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  asked.push(new URLSearchParams(body));
  answer(response);
}

const issueAssertion = (response: ServerResponse): void => {
  const issued = { issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag', token_type: 'N_A' };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...issued, access_token: 'the-assertion' }));
};

beforeAll(async () => {
  identityProvider.listen(0, '127.0.0.1');
  await once(identityProvider, 'listening');
  tokenEndpoint = `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}/token`;
});
afterAll(() => identityProvider.close());

let server: ProtectedServer;
let guarded: Transport;
beforeEach(() => {
  asked = [];
  answer = issueAssertion;
  server = createProtectedServer();
  guarded = createGuardedTransport({ serverUrl: server.serverUrl });
});

/** The public server stands in this process; every other address goes the guarded way. */
const transport: Transport = (request) =>
  request.url.startsWith('https://') ? server.transport(request) : guarded(request);

function session(ownTransport?: Transport) {
  const grant = enterpriseManaged({
    identityProviderTokenEndpoint: tokenEndpoint,
    clientId: 'at-the-provider',
    clientSecret: 'its-secret',
    idToken: async () => 'the-id-token',
    ...(ownTransport === undefined ? {} : { transport: ownTransport }),
  });
  const preRegistered = { clientId: 'at-the-server', clientSecret: 'another-secret' };
  return createSession({ serverUrl: server.serverUrl, transport, grant, client: { preRegistered } });
}

describe('enterpriseManaged', () => {
  it('reaches the provider that was configured at an address which nothing else may lead to', async () => {
    expect(
      await guarded({ url: tokenEndpoint, method: 'GET', headers: {}, maxBytes: 9, timeoutMilliseconds: 999 }),
    ).toEqual({ ok: false, failure: 'address_refused' });
    const { tokens } = await session().signIn();
    expect(tokens.accessToken).toBe('at-1');
    expect(asked.map((form) => Object.fromEntries(form))).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
        subject_token: 'the-id-token',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        audience: server.issuer,
        resource: server.serverUrl,
        scope: 'a',
        client_id: 'at-the-provider',
        client_secret: 'its-secret',
      },
    ]);
    const [redeemed] = server.tokenRequests('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(redeemed?.form.get('assertion')).toBe('the-assertion');
    expect(JSON.stringify(server.seen)).not.toMatch(/the-id-token|its-secret/);
  });

  it('CL-01 what the server names does not lead there', async () => {
    server = createProtectedServer({ metadata: { token_endpoint: tokenEndpoint } });
    await expect(session().signIn()).rejects.toMatchObject({ code: 'url_refused' });
    expect(asked.map((form) => form.get('grant_type'))).toEqual(['urn:ietf:params:oauth:grant-type:token-exchange']);
  });

  it('goes another way to the provider where it is given one', async () => {
    await expect(session(guarded).signIn()).rejects.toMatchObject({ code: 'server_unavailable' });
    expect(asked).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      'a redirect, which is not followed',
      (response) => response.writeHead(307, { location: tokenEndpoint }).end(),
      { code: 'token_refused', status: 307 },
    ],
    ['more than any assertion', (response) => response.end('x'.repeat(300_000)), { code: 'server_unavailable' }],
    [
      'an access token in place of an assertion',
      (response) => response.end(JSON.stringify({ access_token: 'at', token_type: 'Bearer' })),
      { code: 'token_refused', status: 200 },
    ],
  ])('ends where the provider answers %s', async (_what, answered, failure) => {
    answer = answered;
    await expect(session().signIn()).rejects.toMatchObject(failure);
    expect(asked).toHaveLength(1);
    expect(server.tokenRequests('urn:ietf:params:oauth:grant-type:jwt-bearer')).toEqual([]);
  });
});
