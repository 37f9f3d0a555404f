import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFetchTransport } from './http/fetch-transport.js';
import { createOAuthFetch } from './oauth-fetch.js';
import { optionsFor } from './testing/client-of.js';
import { collectGarbage } from './testing/collect-garbage.js';
import { createProtectedServer } from './testing/protected-server.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A client of a real server that never ends its answer; `arrived` tells of the request. */
async function clientOf(listener: RequestListener) {
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const transport = createFetchTransport(fetch);
  const oauthFetch = createOAuthFetch(
    optionsFor(createProtectedServer({ serverUrl }), { transport, fetch: globalThis.fetch }),
  );
  return { oauthFetch, serverUrl, arrived: once(server, 'request') };
}

const CALL = { method: 'POST', body: '{}' };

describe('CL-10 whoever cancels a call is heard, however long it has waited', () => {
  it('for the first byte', async () => {
    const { oauthFetch, serverUrl, arrived } = await clientOf(() => {});
    const controller = new AbortController();
    const call = oauthFetch(serverUrl, { ...CALL, signal: controller.signal });
    await arrived;
    await collectGarbage();
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('for more of a stream', async () => {
    const { oauthFetch, serverUrl } = await clientOf((_request, response) => void response.write('data: 1\n\n'));
    const controller = new AbortController();
    const response = await oauthFetch(serverUrl, { ...CALL, signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    await collectGarbage();
    const more = reader?.read();
    controller.abort();
    await expect(more).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('at an address that is none of the server', async () => {
    const { oauthFetch, serverUrl, arrived } = await clientOf(() => {});
    const controller = new AbortController();
    const call = oauthFetch(`${serverUrl}2`, { ...CALL, signal: controller.signal });
    await arrived;
    await collectGarbage();
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});
