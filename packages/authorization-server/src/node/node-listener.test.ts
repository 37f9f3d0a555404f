import { connect, createServer as createServer2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SignInService } from '@portcullis/ports';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { ISSUER } from '../testing/fixtures.js';
import { type NodeHost, startNodeHost } from '../testing/node-host.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { nodeListener } from './node-listener.js';

const FORM = ['content-type', 'application/x-www-form-urlencoded'];
const faults: unknown[] = [];
let test: TestServer;
let host: NodeHost;
/** The URLs that the sign-in saw. */
const seen: string[] = [];
const signIn: SignInService = {
  find: async ({ url }) => void seen.push(url),
  begin: async () => new Response('Sign in', { headers: { 'set-cookie': 'a=b' } }),
  end: async () => [],
};
/** What the host does with what is none of the server's. */
let elsewhere: () => void = () => {};

beforeAll(async () => {
  test = await startTestServer({}, undefined, { signIn });
  const listener = nodeListener(test.server, {
    elsewhere: (_request, response) => {
      elsewhere();
      response.writeHead(418).end('teapot');
    },
    onFault: (error) => void faults.push(error),
  });
  host = await startNodeHost((request, response) => {
    response.setHeader('x-of-the-host', 'yes');
    listener(request, response);
  });
});
afterAll(() => host.close());
beforeEach(() => {
  faults.length = 0;
  test.events.length = 0;
  elsewhere = () => {};
});

it('serves documents with their length, and their headers alone for HEAD', async () => {
  const path = '/.well-known/oauth-authorization-server';
  const [got, head] = [await host.send(path), await host.send(path, { method: 'HEAD' })];
  expect(JSON.parse(got.text)).toMatchObject({ issuer: ISSUER });
  expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(got.text.length)]);
  expect(got.headers['x-of-the-host']).toBe('yes');
});

it('serves pages with their length, and their headers alone for HEAD', async () => {
  const [got, head] = [await host.send('/device'), await host.send('/device', { method: 'HEAD' })];
  expect([head.status, head.text, head.headers['content-length']]).toEqual([
    200,
    '',
    String(Buffer.byteLength(got.text)),
  ]);
  expect(head.headers['set-cookie']).toHaveLength(1);
});

it('makes the URLs of pages of the issuer, whatever Host was sent', async () => {
  const path = '/authorize?client_id=nobody&redirect_uri=https%3A%2F%2Fevil.test';
  const answer = await host.send(path, { headers: ['host', 'evil.test'] });
  expect(answer.status).toBe(400);
  expect(answer.headers['content-type']).toContain('text/html');
  const account = await host.send('/account?a', { headers: ['x-forwarded-host', 'evil.test'] });
  expect([account.status, account.headers['set-cookie']?.length]).toEqual([200, 1]);
  expect(seen).toEqual([`${ISSUER}/account?a`]);
});

it('reads a body in parts, and says who sent it by the peer', async () => {
  const chunks = ['grant_type=refresh_', 'token&client_id=nobody&refresh_token=a'];
  const answer = await host.send('/token', { method: 'POST', headers: FORM, chunks });
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([401, { error: 'invalid_client' }]);
  expect(test.events).toMatchObject([{ type: 'client.authentication_failed', network: '127.0.0.1' }]);
});

it('shows the server both of two credentials', async () => {
  const headers = [...FORM, 'authorization', 'Basic YTpi', 'authorization', 'Basic Yzpk'];
  const chunks = ['grant_type=client_credentials'];
  await host.send('/token', { method: 'POST', headers: headers.slice(0, 4), chunks });
  await host.send('/token', { method: 'POST', headers, chunks });
  expect(test.events.map((event) => 'reason' in event && event.reason)).toEqual(['client_unknown', 'basic_malformed']);
});

it.each(['PUT', 'DELETE'])('carries %s to the server, which says what there is instead', async (method) => {
  const answer = await host.send('/token', { method });
  expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS']);
});

it.each(['/nowhere', '/x/../token', '//token', '/%74oken', '/token/'])(
  'leaves %s alone, which is none of its paths as it stands',
  async (path) => {
    expect((await host.send(path)).status).toBe(418);
  },
);

it('answers 500 without a word of why where the host fails, and tells it', async () => {
  elsewhere = () => {
    throw new Error('secret inside');
  };
  const answer = await host.send('/nowhere');
  expect([answer.status, answer.text]).toEqual([500, '']);
  expect(faults).toEqual([new Error('secret inside')]);
});

it('answers 500, and tells the host, where what describes requests says nothing', async () => {
  const mute = await startNodeHost(
    nodeListener(test.server, { describe: (() => undefined) as never, onFault: (error) => void faults.push(error) }),
  );
  expect([(await mute.send('/account')).status, (await mute.send('/jwks')).status]).toEqual([500, 500]);
  await mute.close();
  expect(faults.map((error) => (error as Error).message)).toEqual([
    expect.stringMatching(/^context: must be .*describe/),
    expect.stringMatching(/^context: must be .*describe/),
  ]);
});

it.each([
  ['throws', () => elsewhere()],
  ['rejects', async () => elsewhere()],
])('answers 500, and goes on, where what is told of faults %s', async (_how, onFault) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  elsewhere = () => {
    throw new Error('secret inside');
  };
  const failing = await startNodeHost(nodeListener(test.server, { elsewhere: () => elsewhere(), onFault }));
  expect([(await failing.send('/a')).status, (await failing.send('/b')).status]).toEqual([500, 500]);
  await failing.close();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

it.each(['TRACE', 'PUT', 'OPTIONS'])('answers %s for a page with what there is instead', async (method) => {
  const answers = [await host.send('/account', { method }), await host.send('/authorize', { method })];
  expect(answers.map(({ status, headers }) => [status, headers.allow])).toEqual([
    [405, 'GET, HEAD'],
    [405, 'GET, POST'],
  ]);
  expect(faults).toEqual([]);
});

it('answers TRACE for a document as any other method that there is not', async () => {
  expect((await host.send('/token', { method: 'TRACE' })).status).toBe(405);
});

it('answers pages and the token endpoint over HTTP/2', async () => {
  const server = createServer2(nodeListener(test.server) as never);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const statusOf = (path: string, method = 'GET'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': method, ':path': path });
      stream.on('response', (headers) => resolve(headers[':status'])).on('error', reject);
      stream.resume().end();
    });
  try {
    expect([await statusOf('/account'), await statusOf('/token', 'POST')]).toEqual([200, 415]);
  } finally {
    session.close();
    server.close();
  }
});

it.each([undefined, {}, Promise.resolve()])('wants a server at construction, and not %j', (server) => {
  expect(() => nodeListener(server as never)).toThrow(
    /^nodeListener: needs what createAuthorizationServer resolves to/,
  );
});

it.each<[string, unknown, string]>([
  ['an option in another spelling', { onfault: () => {} }, 'nodeListener: there is no option onfault'],
  ['a text for what describes requests', { describe: 'x' }, 'nodeListener: describe: must be a function'],
  ['a path to the rest', { elsewhere: '/rest' }, 'nodeListener: elsewhere: must be a function'],
  ['a function in place of options', () => {}, 'nodeListener: its options must be an object'],
  ['null in place of options', null, 'nodeListener: its options must be an object'],
])('refuses %s at construction', (_title, options, message) => {
  expect(() => nodeListener(test.server, options as never)).toThrow(new ConfigurationError(message));
});

it('takes an option that is left undefined for one that is left out', () => {
  expect(() => nodeListener(test.server, { describe: undefined } as never)).not.toThrow();
});

it('answers 404 where nobody serves the rest', async () => {
  const alone = await startNodeHost(nodeListener(test.server));
  expect((await alone.send('/nowhere')).status).toBe(404);
  await alone.close();
});
