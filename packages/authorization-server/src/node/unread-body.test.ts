import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer as createServer2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expressHandler } from '../express/express-handler.js';
import { ISSUER } from '../testing/fixtures.js';
import { type NodeHost, startNodeHost } from '../testing/node-host.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { answerNodeRequest } from './answer-request.js';
import { nodeListener } from './node-listener.js';
import { splitTarget } from './request-target.js';

// What a server of Node's does not take of a body is refused by the server all the same: with the headers and the error of the
// endpoint, and one event.

const FORM = ['content-type', 'application/x-www-form-urlencoded', 'origin', ISSUER, 'sec-fetch-site', 'same-origin'];
const JSON_BODY = ['content-type', 'application/json'];
const LARGE = 'a'.repeat(17 * 1024);
const HUGE = 'a'.repeat(65 * 1024);
/** Where bodies go, what is wrong there with one that is too large, and the event that says so. */
const CLIENT_ENDPOINTS = [
  ['POST', '/token', FORM, 'invalid_request', 'token.refused', 'body_too_large'],
  ['POST', '/par', FORM, 'invalid_request', 'authorization_request.push_refused', 'body_too_large'],
  ['POST', '/revoke', FORM, 'invalid_request', 'revocation.refused', 'body_too_large'],
  ['POST', '/introspect', FORM, 'invalid_request', 'introspection.refused', 'body_too_large'],
  ['POST', '/device_authorization', FORM, 'invalid_request', 'device.refused', 'body_too_large'],
  ['POST', '/register', JSON_BODY, 'invalid_client_metadata', 'client.registration_refused', 'metadata_too_large'],
] as const;
const PAGES = [
  ['/authorize', 'authorization.refused'],
  ['/interaction/consent', 'browser.refused'],
  ['/device', 'browser.refused'],
] as const;

let test: TestServer;
let listening: NodeHost;
let inExpress: NodeHost;
/** A host that waits for a body no longer than a moment. */
let impatient: NodeHost;

beforeAll(async () => {
  test = await startTestServer();
  listening = await startNodeHost(nodeListener(test.server));
  inExpress = await startNodeHost(express().use(expressHandler(test.server)));
  impatient = await startNodeHost((incoming, response) => {
    const context = { network: '192.0.2.1', correlationId: 'c' };
    const call = { ...splitTarget(incoming.url ?? ''), origin: ISSUER, context, bodyDeadlineMilliseconds: 20 };
    void answerNodeRequest(test.server, incoming, response, call);
  });
});
afterAll(() => Promise.all([listening.close(), inExpress.close(), impatient.close()]));
beforeEach(() => {
  test.events.length = 0;
});

describe.each([
  ['17 KiB, which the server refuses', LARGE],
  ['65 KiB, which the host does not read', HUGE],
])('of %s', (_size, body) => {
  describe.each([
    ['nodeListener', () => listening],
    ['Express', () => inExpress],
  ])('%s', (_name, host) => {
    it.each(CLIENT_ENDPOINTS)('GW-20 %s %s is one event, and readable by scripts', async (method, path, ...rest) => {
      const [headers, error, type, reason] = rest;
      const answer = await host().send(path, { method, headers, chunks: [body] });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([413, { error }]);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store' });
      expect(test.events).toMatchObject([{ type, reason, outcome: 'refused' }]);
      expect(test.events).toHaveLength(1);
    });

    it.each(PAGES)('GW-20 POST %s is one event, and a page that nobody may frame', async (path, type) => {
      const answer = await host().send(path, { method: 'POST', headers: FORM, chunks: [body] });
      expect(answer.status).toBe(413);
      expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' });
      expect(test.events).toMatchObject([{ type, reason: 'body_too_large' }]);
    });
  });
});

describe('of a body with a content coding, which is not undone', () => {
  it.each(CLIENT_ENDPOINTS)('GW-20 %s %s is one event', async (method, path, headers, error, type, tooLarge) => {
    const reason = tooLarge.replace('too_large', 'encoded');
    for (const [coding, chunk] of [
      ['gzip', gzipSync('client_id=pub')],
      ['br', 'client_id=pub'],
      ['identity, gzip', ''],
    ] as const) {
      test.events.length = 0;
      const answer = await listening.send(path, {
        method,
        headers: [...headers, 'content-encoding', coding],
        chunks: [chunk],
      });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([415, { error }]);
      expect(answer.headers['accept-encoding']).toBe('identity');
      expect(test.events).toMatchObject([{ type, reason, outcome: 'refused' }]);
    }
    for (const none of ['Identity', '']) {
      const plain = [...headers, 'content-encoding', none];
      expect((await listening.send(path, { method, headers: plain, chunks: ['{}'] })).status).not.toBe(415);
    }
  });

  it.each(PAGES)('GW-20 POST %s is one event, and a page', async (path, type) => {
    const headers = [...FORM, 'content-encoding', 'gzip'];
    const answer = await listening.send(path, { method: 'POST', headers, chunks: [gzipSync('client_id=pub')] });
    expect([answer.status, answer.headers['content-type']]).toEqual([415, 'text/html; charset=utf-8']);
    expect(test.events).toMatchObject([{ type, reason: 'body_encoded' }]);
  });

  it('is refused to a form of ours with the coding that is taken', async () => {
    const headers = [...FORM, 'content-encoding', 'gzip'];
    const answer = await listening.send('/device', { method: 'POST', headers, chunks: [gzipSync('user_code=a')] });
    expect(answer.headers['accept-encoding']).toBe('identity');
  });
});

it('GW-20 the connection ends where the rest of a body is not read, and only there', async () => {
  const close = async (body: string) =>
    (await listening.send('/token', { method: 'POST', headers: FORM, chunks: [body, 'a'] })).headers.connection;
  expect(await close(HUGE)).toBe('close');
  test.events.length = 0;
  const large = await listening.send('/token', {
    method: 'POST',
    headers: [...FORM, 'connection', 'keep-alive'],
    chunks: [LARGE],
  });
  expect(large.headers.connection).toBe('keep-alive');
});

it('a method that there is not is told so, however large its body', async () => {
  const put = await listening.send('/token', { method: 'PUT', headers: FORM, chunks: [HUGE] });
  const page = await listening.send('/authorize', { method: 'PUT', headers: FORM, chunks: [HUGE] });
  expect([put, page].map(({ status, headers }) => [status, headers.allow])).toEqual([
    [405, 'POST, OPTIONS'],
    [405, 'GET, POST'],
  ]);
  expect(test.events).toEqual([]);
});

it.each([
  ['/token', 'application/json', 'token.refused', 'body_too_slow'],
  ['/register', 'application/json', 'client.registration_refused', 'metadata_too_slow'],
  ['/interaction/consent', 'text/html; charset=utf-8', 'browser.refused', 'body_too_slow'],
])('GW-20 a body for %s that does not come is one event as well', async (path, contentType, type, reason) => {
  const { status, headers } = await sendAndWait(impatient, path);
  expect([status, headers['content-type'], headers.connection]).toEqual([408, contentType, 'close']);
  expect(test.events).toMatchObject([{ type, reason }]);
});

it('refuses over HTTP/2 as well, which has no header of a connection', async () => {
  const server = createServer2(nodeListener(test.server) as never);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const stream = session.request({ ':method': 'POST', ':path': '/token', 'content-length': HUGE.length });
    const status = await new Promise((resolve, reject) => {
      stream.on('response', (headers) => resolve(headers[':status'])).on('error', reject);
      stream.write('a');
    });
    expect(status).toBe(413);
  } finally {
    session.destroy();
    server.close();
  }
});

/** Announces a body and sends none of it. */
function sendAndWait(
  { port }: NodeHost,
  path: string,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 5 };
    const outgoing = request({ port, host: '127.0.0.1', path, method: 'POST', headers, agent: false }, (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      outgoing.destroy();
    });
    outgoing.on('error', reject);
    outgoing.flushHeaders();
  });
}
