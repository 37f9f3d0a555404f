import express from 'express';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { ISSUER } from '../testing/fixtures.js';
import { type NodeHost, startNodeHost } from '../testing/node-host.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { expressHandler } from './express-handler.js';

const FORM = ['content-type', 'application/x-www-form-urlencoded'];
const REFRESH = {
  method: 'POST',
  headers: FORM,
  chunks: ['grant_type=refresh_token&client_id=nobody&refresh_token=a'],
};
let test: TestServer;
let underPath: TestServer;
const hosts: NodeHost[] = [];

beforeAll(async () => {
  test = await startTestServer();
  underPath = await startTestServer({ issuer: `${ISSUER}/auth` as typeof test.options.issuer });
});
afterAll(() => Promise.all(hosts.map((host) => host.close())));
beforeEach(() => {
  test.events.length = 0;
});

async function start(build: (app: express.Express) => unknown): Promise<NodeHost> {
  const app = express();
  build(app);
  app.use((_request: express.Request, response: express.Response) => void response.status(418).send('the application'));
  app.use(((error: Error, _request, response, _next) => {
    response.status(599).send(error.message);
  }) satisfies express.ErrorRequestHandler);
  const host = await startNodeHost(app);
  hosts.push(host);
  return host;
}

it('answers the paths of the server in an application, and no other', async () => {
  const host = await start((app) => app.use(expressHandler(test.server)).use(express.json()));
  const metadata = await host.send('/.well-known/oauth-authorization-server');
  expect(JSON.parse(metadata.text)).toMatchObject({ issuer: ISSUER });
  expect((await host.send('/token', REFRESH)).status).toBe(401);
  const page = await host.send('/account');
  expect([page.status, page.headers['set-cookie']?.length]).toEqual([200, 1]);
  // Express itself takes these for the same route; the server has one spelling.
  for (const path of ['/nowhere', '/TOKEN', '/token/', '/%74oken']) {
    expect((await host.send(path, REFRESH)).status).toBe(418);
  }
});

it('answers an issuer with a path, of which the metadata are at the root', async () => {
  const host = await start((app) => app.use(expressHandler(underPath.server)));
  expect((await host.send('/.well-known/oauth-authorization-server/auth')).status).toBe(200);
  expect((await host.send('/auth/token', REFRESH)).status).toBe(401);
  const mounted = await start((app) => app.use('/auth', expressHandler(underPath.server)));
  expect((await mounted.send('/auth/token', REFRESH)).status).toBe(401);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
])('GW-03 counts %s behind a trusted proxy as %s, and believes nobody else', async (client, network) => {
  const handler = expressHandler(test.server);
  const behind = await start((app) => app.set('trust proxy', 'loopback').use(handler));
  const open = await start((app) => app.use(handler));
  const sent = { ...REFRESH, headers: [...FORM, 'x-forwarded-for', `198.51.100.1, ${client}`] };
  await behind.send('/token', sent);
  await open.send('/token', sent);
  expect(test.events).toMatchObject([{ network }, { network: '127.0.0.1' }]);
  expect(new Set(test.events.map(({ correlationId }) => correlationId)).size).toBe(2);
});

it('lets the host describe its requests', async () => {
  const describe = (request: express.Request) => ({ network: 'n', correlationId: request.get('x-request-id') ?? '' });
  const host = await start((app) => app.use(expressHandler(test.server, { describe })));
  await host.send('/token', { ...REFRESH, headers: [...FORM, 'x-request-id', 'r-1'] });
  expect(test.events).toMatchObject([{ network: 'n', correlationId: 'r-1' }]);
});

it('says that a body was read before, in place of waiting for it', async () => {
  const handler = expressHandler(test.server);
  const host = await start((app) => app.use(express.urlencoded()).use(handler));
  const answer = await host.send('/token', REFRESH);
  expect([answer.status, answer.text]).toEqual([599, expect.stringContaining('before every body parser')]);
});

it('says that it is mounted at a path, in place of 404 without a word', async () => {
  const host = await start((app) => app.use('/auth', expressHandler(test.server)));
  for (const path of ['/auth/token', '/auth/.well-known/oauth-authorization-server']) {
    const answer = await host.send(path, REFRESH);
    expect([answer.status, answer.text]).toEqual([599, expect.stringContaining('mount it for the whole application')]);
  }
  expect((await host.send('/auth/nowhere')).status).toBe(418);
});

it('shows no stack by the error page of Express itself', async () => {
  const host = await startNodeHost(express().use(express.urlencoded()).use(expressHandler(test.server)));
  hosts.push(host);
  const { status, text } = await host.send('/token', REFRESH);
  expect([status, text]).toEqual([500, expect.stringContaining('before every body parser')]);
  expect(text).not.toMatch(/\bat .*:\d+|\.js/);
});

it.each([undefined, {}, Promise.resolve()])('wants a server at construction, and not %j', (server) => {
  expect(() => expressHandler(server as never)).toThrow(
    /^expressHandler: needs what createAuthorizationServer resolves/,
  );
});

it.each<[string, unknown, string]>([
  ['an option in another spelling', { onfault: () => {} }, 'expressHandler: there is no option onfault'],
  ['a text for what describes requests', { describe: 'x' }, 'expressHandler: describe: must be a function'],
  ['what Express does itself', { elsewhere: () => {} }, 'expressHandler: there is no option elsewhere'],
  ['a function in place of options', () => {}, 'expressHandler: its options must be an object'],
  ['null in place of options', null, 'expressHandler: its options must be an object'],
])('refuses %s at construction', (_title, options, message) => {
  expect(() => expressHandler(test.server, options as never)).toThrow(new ConfigurationError(message));
});

it('takes an option that is left undefined for one that is left out', () => {
  expect(() => expressHandler(test.server, { describe: undefined } as never)).not.toThrow();
});

it('hands what the host throws to the application', async () => {
  const describe = (): never => {
    throw new Error('no network');
  };
  const host = await start((app) => app.use(expressHandler(test.server, { describe })));
  expect(await host.send('/token', REFRESH)).toMatchObject({ status: 599, text: 'no network' });
});

it('tells the application where what describes requests says nothing', async () => {
  const host = await start((app) => app.use(expressHandler(test.server, { describe: (() => undefined) as never })));
  const answer = await host.send('/token', REFRESH);
  expect([answer.status, answer.text]).toEqual([599, expect.stringMatching(/^context: must be .*describe/)]);
});

it('answers TRACE for a page with what there is instead', async () => {
  const host = await start((app) => app.use(expressHandler(test.server)));
  const answer = await host.send('/account', { method: 'TRACE' });
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
});
