import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createFetchTransport, type FetchLike } from '../http/fetch-transport.js';
import type { TransportRequest } from '../http/transport.js';
import { collectGarbage } from '../testing/collect-garbage.js';
import { createTransportFetch } from './transport-fetch.js';

/** The MCP server, which is its own authorization server, and another port that it leads to. */
const server = createServer((request, response) => void answer(request, response));
const other = createServer((request, response) => void answer(request, response));
let origin: string;
let otherOrigin: string;
/** Method and path by origin, with the body. */
let reached: string[];
let overTransport: TransportRequest[];
let fetch: FetchLike;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  reached.push(`${request.method} http://${request.headers.host}${request.url} ${body}`);
  if (request.url === '/silent') return;
  if (request.url === '/long') response.end('x'.repeat(1024 * 1024 + 1));
  else response.writeHead(307, { location: `${otherOrigin}/token` }).end();
}

async function listen(one: Server): Promise<string> {
  one.listen(0, '127.0.0.1');
  await once(one, 'listening');
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  origin = await listen(server);
  otherOrigin = await listen(other);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  other.close();
});
beforeEach(() => {
  reached = [];
  overTransport = [];
  const transport = createFetchTransport(globalThis.fetch);
  fetch = createTransportFetch(new URL(`${origin}/mcp`), globalThis.fetch, (request) => {
    overTransport.push(request);
    return transport(request);
  });
});

const form = (): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams({ refresh_token: 'rt-1', client_secret: 's3cret' }),
});

it('CL-08 a token request to the own origin of the server is bounded in size and time, and led nowhere else', async () => {
  const response = await fetch(`${origin}/token`, form());
  expect(response.status).toBe(307);
  expect(reached).toEqual([`POST ${origin}/token refresh_token=rt-1&client_secret=s3cret`]);
  expect(overTransport).toMatchObject([{ maxBytes: 1024 * 1024, timeoutMilliseconds: 10_000 }]);
  await expect(fetch(`${origin}/long`, form())).rejects.toMatchObject({ code: 'token_response_invalid' });
});

it('CL-07 a message to the server is led nowhere else, whatever the SDK has the platform do', async () => {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer at-1' };
  const message = { method: 'POST', headers, body: '{"secret":1}', redirect: 'follow' } as const;
  expect((await fetch(`${origin}/mcp`, message)).status).toBe(307);
  expect(reached).toEqual([`POST ${origin}/mcp {"secret":1}`]);
  expect(overTransport).toEqual([]);
});

it.each(['GET', 'POST'])('goes to another origin for tokens alone: not for a %s', async (method) => {
  await expect(fetch(`${otherOrigin}/mcp`, { method })).rejects.toMatchObject({ code: 'url_refused' });
  expect(reached).toEqual([]);
});

it('CL-10 whoever cancels a message is heard, however long it has waited', async () => {
  const controller = new AbortController();
  const arrived = once(server, 'request');
  const headers = { 'content-type': 'application/json' };
  const call = fetch(`${origin}/silent`, { method: 'POST', headers, body: '{}', signal: controller.signal });
  await arrived;
  await collectGarbage();
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});
