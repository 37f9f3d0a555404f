import { createServer, type Server } from 'node:https';
import { type AddressInfo, type Socket, connect as tcpConnect } from 'node:net';
import { createUntrustedFetch, type UntrustedFetchOptions } from '@portcullis/ports/node';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../testing/document-host.js';
import { encodeForm } from '../../testing/fixtures.js';
import { GOOD_REQUEST } from '../../testing/test-browser.js';
import { expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../../testing/test-client.js';
import { readPage } from '../../testing/test-pages.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

/** A host of documents on this computer, found under `client.test`, over the real way out. */
let server: Server;
let port: number;
let certificate: string;
const asked: string[] = [];
let answers: Record<
  string,
  { readonly status: number; readonly headers: Record<string, string>; readonly body: string }
> = {};

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'client.test' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'client.test' }] }],
  });
  certificate = cert;
  server = createServer({ key, cert }, (request, response) => {
    asked.push(`${request.headers.host} ${request.url} ${request.headers['if-none-match'] ?? ''}`);
    const { status, headers, body } = answers[request.url ?? ''] ?? { status: 404, headers: {}, body: '' };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function start(options: UntrustedFetchOptions): Promise<TestServer> {
  return startTestServer({}, undefined, { untrustedFetch: createUntrustedFetch(options) });
}

it('lets a client in by a document that really lies on a host, to its tokens and their renewal', async () => {
  const test = await start({
    allowLoopback: true,
    trustedCertificates: certificate,
    resolve: async () => ['127.0.0.1'],
  });
  const client_id = `https://client.test:${port}/client.json`;
  const redirect_uri = 'https://client.test/cb';
  const body = JSON.stringify(documentOf(client_id, { redirect_uris: [redirect_uri] }));
  const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=60', etag: '"1"' };
  answers = { '/client.json': { status: 200, headers, body } };
  const client = { client_id, redirect_uri };

  const code = await obtainCode(test, client);
  const redeemed = await test.postForm('/token', redemption(code, client));
  expect(redeemed.status).toBe(200);
  expect(asked).toEqual([`client.test:${port} /client.json `]);

  const { refresh_token } = (await redeemed.json()) as Tokens;
  test.clock.now += 60;
  answers = { '/client.json': { status: 304, headers: { etag: '"1"' }, body: '' } };
  const refreshed = await test.postForm('/token', refreshing(refresh_token, { client_id }));
  expect(refreshed.status).toBe(200);
  expect(asked[1]).toBe(`client.test:${port} /client.json "1"`);

  answers = {};
  test.clock.now += 24 * 3600;
  const later = ((await refreshed.json()) as Tokens).refresh_token;
  await expectRefusal(await test.postForm('/token', refreshing(later, { client_id })), 401, 'invalid_client');
});

describe('what the real way out refuses', () => {
  const dialled: string[] = [];
  const looked: string[] = [];
  /** Goes nowhere, whatever it is asked for. */
  const nowhere = (address: string): Socket => {
    dialled.push(address);
    const socket = tcpConnect({ port: 0, host: 'nowhere.invalid', lookup: () => {} });
    queueMicrotask(() => socket.destroy());
    return socket;
  };
  const pageOf = async (test: TestServer, client_id: string): Promise<unknown> => {
    const response = await test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, client_id })}`);
    expect(response.status).toBe(400);
    return { ...(await readPage(response)).model, correlationId: '' };
  };

  it.each<[string, string, readonly string[], string]>([
    ['a private address', 'https://10.0.0.1/c', [], 'address_refused'],
    ['the metadata host of a cloud', 'https://169.254.169.254/latest/meta-data/', [], 'address_refused'],
    ['a port of this computer', 'https://127.0.0.1:6379/c', [], 'address_refused'],
    ['this computer by IPv6', 'https://[::1]/c', [], 'address_refused'],
    ['this computer inside an IPv6 address', 'https://[::ffff:7f00:1]/c', [], 'address_refused'],
    ['a private address behind NAT64', 'https://[64:ff9b::a00:1]/c', [], 'address_refused'],
    ['this computer behind 6to4', 'https://[2002:7f00:1::]/c', [], 'address_refused'],
    ['a name of a private address', 'https://inside.test/c', ['192.168.0.1'], 'address_refused'],
    [
      'a name of a public and a private address',
      'https://mixed.test/c',
      ['93.184.216.34', '10.0.0.1'],
      'address_refused',
    ],
    ['a name that does not exist', 'https://nowhere.test/c', [], 'name_not_resolved'],
    ['a public address where nobody is', 'https://down.test/c', ['93.184.216.34'], 'not_connected'],
  ])('CI-02 CI-03 answers for %s the page of every unknown client', async (_title, clientId, addresses, reason) => {
    dialled.length = 0;
    const test = await start({ resolve: async () => addresses, connect: nowhere });
    expect(await pageOf(test, clientId)).toEqual(await pageOf(test, 'x'));
    expect(dialled).toEqual(reason === 'not_connected' ? ['93.184.216.34'] : []);
    expect(test.events.filter(({ type }) => type === 'client.document_refused')).toMatchObject([{ reason, clientId }]);
  });

  it.each([
    'https://2130706433/c',
    'https://0177.0.0.1/c',
    'https://0x7f.1/c',
    'https://127.1/c',
    'https://localhost./c',
    'https://u@inside.test/c',
    'https://inside.test/../c',
    'https://inside.test/c#f',
  ])('CI-01 CI-02 neither looks up nor dials for %s', async (clientId) => {
    looked.length = 0;
    dialled.length = 0;
    const resolve = async (name: string): Promise<readonly string[]> => {
      looked.push(name);
      return ['93.184.216.34'];
    };
    const test = await start({ resolve, connect: nowhere });
    expect(await pageOf(test, clientId)).toEqual(await pageOf(test, 'x'));
    expect([looked, dialled]).toEqual([[], []]);
  });
});
