import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { createServerFetch } from './server-fetch.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

/** Collects whatever nobody holds. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let rounds = 0; rounds < 5; rounds += 1) {
    collect();
    await sleep(5);
  }
}

it.each([
  ['the first byte', false],
  ['more of a stream', true],
])('is cancelled however long it has waited for %s', async (_what, hasBegun) => {
  const url = await serve((_request, response) => {
    if (hasBegun) response.write('data: 1\n\n');
  });
  const { signal, abort } = abortable();
  const arrived = once(server as Server, 'request');
  const text = createServerFetch()(url, { method: 'POST', body: '{}', signal }).then((response) => response.text());
  await arrived;
  await sleep(50);
  await collectGarbage();
  abort();
  await expect(text).rejects.toMatchObject({ name: 'AbortError' });
});

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

it('follows no redirect, and says how long its body is', async () => {
  const heard: unknown[] = [];
  const url = await serve((request, response) => {
    heard.push([request.method, request.url, request.headers['content-length']]);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const response = await createServerFetch()(url, { method: 'POST', body: '{"a":1}' });
  expect(response.status).toBe(307);
  expect(heard).toEqual([['POST', '/mcp', '7']]);
});
