import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as tcpConnect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { deviceCode } from '../grants/device-code.js';
import type { Grant } from '../grants/grant.js';
import { createSession } from '../session/session.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { createGuardedTransport } from './guarded-transport.js';

// A server that does everything right but for one address. What it answers comes through the guarded transport: it listens
// on this computer, and its addresses are of this computer. Whatever leads elsewhere is noted, and leads to nothing.

const INSIDE = [
  'https://10.0.0.7',
  'https://169.254.169.254',
  'http://169.254.169.254',
  'http://10.0.0.7',
  'https://[fd00::7]',
  'https://internal.test',
];
const WRITTEN = 'text of an internal page';

const server = createServer((request, response) => void answer(request.url ?? '/', request.method ?? 'GET', response));
let origin: string;
let state: ReturnType<typeof setUp>;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** One client of the server, whose metadata are `metadata`, or are somewhere else. */
function setUp(
  metadata: Readonly<Record<string, unknown>>,
  options: { redirect?: string; names?: string[]; issuer?: string } = {},
) {
  const dialled: string[] = [];
  const names = options.names ?? [];
  const { signIn } = createProtectedServer({ issuer: origin });
  const transport = createGuardedTransport({
    serverUrl: `${origin}/mcp`,
    resolve: async () => [names.shift() ?? '10.0.0.8'],
    connect(host, port) {
      if (host !== '127.0.0.1') dialled.push(`${host}:${port}`);
      return tcpConnect({ host: '127.0.0.1', port: host === '127.0.0.1' ? port : 1 });
    },
  });
  const open = (grant: Grant) => createSession({ serverUrl: `${origin}/mcp`, transport, grant });
  return { dialled, metadata, redirect: options.redirect, issuer: options.issuer, signIn, open, asked: [] as string[] };
}

function answer(path: string, method: string, response: ServerResponse): unknown {
  state.asked.push(`${method} ${path}`);
  const json = (document: unknown, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  if (path === '/.well-known/oauth-protected-resource/mcp') {
    return json({ resource: `${origin}/mcp`, authorization_servers: [state.issuer ?? origin] });
  }
  if (path !== '/.well-known/oauth-authorization-server') {
    return path === '/register' ? json({ client_id: 'c' }, 201) : json({ text: WRITTEN }, 404);
  }
  if (state.redirect !== undefined) return response.writeHead(302, { location: state.redirect }).end(WRITTEN);
  return json({
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    device_authorization_endpoint: `${origin}/device`,
    code_challenge_methods_supported: ['S256'],
    ...state.metadata,
  });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('an endpoint inside the network', () => {
  const ENDPOINTS = ['token_endpoint', 'registration_endpoint', 'device_authorization_endpoint'] as const;

  it.each(ENDPOINTS.flatMap((name) => INSIDE.map((inside) => [name, inside] as const)))(
    'CL-01 %s at %s: nothing is connected to, and the error repeats nothing',
    async (name, inside) => {
      state = setUp({ [name]: `${inside}/path` });
      const grant =
        name === 'device_authorization_endpoint' ? deviceCode({ show: () => {} }) : authorizationCode(state.signIn);
      const error = await failureOf(state.open(grant).signIn());
      expect(error).toMatchObject({ name: 'OAuthClientError', code: 'url_refused' });
      expect(String(error)).not.toContain(WRITTEN);
      expect(state.dialled).toEqual([]);
      // Plain http is refused with the metadata, before anything is sent.
      if (inside.startsWith('http:')) expect(state.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
    },
  );

  it.each([...INSIDE, 'file:///etc/passwd', 'gopher://mcp.test'])(
    'CL-01 the authorization server itself at %s: nothing is connected to',
    async (issuer) => {
      state = setUp({}, { issuer });
      const error = await failureOf(state.open(authorizationCode(state.signIn)).signIn());
      expect(error).toMatchObject({ code: expect.stringMatching(/^(url_refused|server_unavailable)$/) });
      expect(state.dialled).toEqual([]);
      expect(state.asked).toEqual(['GET /.well-known/oauth-protected-resource/mcp']);
    },
  );

  it.each(INSIDE)('CL-01 jwks_uri at %s is of no interest: nobody fetches it', async (inside) => {
    state = setUp({ jwks_uri: `${inside}/jwks` });
    expect(await failureOf(state.open(authorizationCode(state.signIn)).signIn())).toMatchObject({
      code: 'token_response_invalid',
    });
    expect(state.dialled).toEqual([]);
  });

  it.each(INSIDE)('CL-01 a redirect of metadata to %s is not followed', async (inside) => {
    state = setUp({}, { redirect: `${inside}/metadata` });
    const error = await failureOf(state.open(authorizationCode(state.signIn)).signIn());
    expect(error).toMatchObject({ code: 'discovery_failed' });
    expect(String(error)).not.toContain(WRITTEN);
    expect(state.dialled).toEqual([]);
  });

  it('CL-01 a name that leads to a public address first and inside then is looked at each time', async () => {
    const rebound = {
      token_endpoint: 'https://rebound.test/token',
      registration_endpoint: 'https://rebound.test/register',
    };
    state = setUp(rebound, { names: ['93.184.216.34', '10.0.0.7'] });
    const session = state.open(authorizationCode(state.signIn));
    expect(await failureOf(session.signIn())).toMatchObject({ code: 'server_unavailable' });
    expect(state.dialled).toEqual(['93.184.216.34:443']);
    expect(await failureOf(session.signIn())).toMatchObject({ code: 'url_refused' });
    expect(state.dialled).toEqual(['93.184.216.34:443']);
  });
});
