import { createServer, type Server, request as sendRequest } from 'node:http';
import { connect, createServer as createServer2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import express from 'express';
import Fastify from 'fastify';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { expressGuard } from '../express/express-guard.js';
import { fastifyGuard } from '../fastify/fastify-guard.js';
import { nodeGuard } from '../node/node-guard.js';
import { protectResource } from '../resource/protect-resource.js';
import type { ProtectedResource } from '../resource/protected-resource.js';
import { verifiedToken } from '../testing/verified-token.js';
import { fetchGuard } from './fetch-guard.js';

let key: TestDpopKey;
let guarded: ProtectedResource;
let close: (() => unknown) | undefined;
beforeAll(async () => {
  key = await createTestDpopKey();
});
beforeEach(() => {
  const token = verifiedToken({ proofKey: key.thumbprint });
  const verifier = { verify: () => ({ ok: true, value: token }) as const };
  guarded = protectResource({ resource: token.resource, authorizationServers: [{ issuer: token.issuer, verifier }] });
});
afterEach(() => close?.());

/** Sends a call with a proof to a target, as it stands: the status. */
type Send = (target: string, proof: string) => Promise<number>;

async function listen(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => void (server as Server).listen(0, '127.0.0.1', () => resolve()));
  close = () => server.close();
  return (server.address() as AddressInfo).port;
}

const headersWith = (proof: string): Record<string, string> => ({ authorization: 'DPoP t', dpop: proof });

function overHttp1(port: number): Send {
  return (path, proof) =>
    new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', method: 'POST', path, headers: headersWith(proof), agent: false };
      sendRequest(options, (response) => resolve(response.resume().statusCode ?? 0))
        .on('error', reject)
        .end();
    });
}

function overHttp2(port: number): Send {
  return (path, proof) => {
    const session = connect(`http://127.0.0.1:${port}`);
    return new Promise<number>((resolve, reject) => {
      // Under a scheme of the web Node refuses a path without a slash by itself; under another it does not.
      const head = { ':method': 'POST', ':scheme': 'x', ':path': path };
      const stream = session.request({ ...head, ...headersWith(proof) });
      stream.on('response', (headers) => resolve(headers[':status'] ?? 0)).on('error', reject);
      stream.resume().end();
    }).finally(() => session.close());
  };
}

const HOSTS: Readonly<Record<string, () => Promise<Send>>> = {
  Express: async () => {
    const app = express().use(expressGuard(guarded), (_request, response) => void response.end('in'));
    return overHttp1(await listen(createServer(app)));
  },
  'Express, before a route of all': async () => {
    const app = express().all(/.*/, expressGuard(guarded), (_request, response) => void response.end('in'));
    return overHttp1(await listen(createServer(app)));
  },
  Fastify: async () => {
    const app = Fastify();
    await app.register(fastifyGuard(guarded));
    app.all('*', async () => 'in');
    await app.listen({ port: 0, host: '127.0.0.1' });
    close = () => app.close();
    return overHttp1((app.server.address() as AddressInfo).port);
  },
  'node:http': async () => {
    const serve = nodeGuard(guarded).wrap((_request, response) => void response.end('in'));
    return overHttp1(await listen(createServer(serve)));
  },
  'node:http2': async () => {
    const serve = nodeGuard(guarded).wrap((_request, response) => void response.end('in'));
    return overHttp2(await listen(createServer2(serve as never)));
  },
  'web-standard requests': async () => {
    const serve = fetchGuard(guarded).wrap(() => new Response('in'));
    return async (target, proof) => {
      const url = /^[/?]/.test(target) ? `https://gw.test${target}` : `https://gw.test/${target}`;
      return (await serve(new Request(url, { method: 'POST', headers: headersWith(proof) }))).status;
    };
  },
};
const SPELLINGS = ['/mcp', '/mcp#1', '/mcp#2', '/%6dcp', '/%6Dcp', '/./mcp', '/x/../mcp', '/mcp?a#b'];

it.each(Object.keys(HOSTS))('PD-03 has a proof good once in %s, however its address is written', async (name) => {
  const send = await (HOSTS[name] as () => Promise<Send>)();
  const proof = await key.prove({ url: guarded.resource, accessToken: 't' });
  expect(await send('/mcp', proof)).toBe(200);
  for (const target of SPELLINGS) expect(await send(target, proof), target).toBe(401);
});

it.each(Object.keys(HOSTS))('PD-04 lets no target of a request become part of the host in %s', async (name) => {
  const send = await (HOSTS[name] as () => Promise<Send>)();
  const { host, pathname } = new URL(guarded.resource);
  for (const target of [`@evil.test${pathname}`, `.evil.test${pathname}`, `:8443${pathname}`]) {
    const at = target.startsWith('@') ? 'evil.test' : `${host}${target.slice(0, -pathname.length)}`;
    const proof = await key.prove({ url: `https://${at}${pathname}`, accessToken: 't' });
    const status = await send(target, proof);
    // Some hosts and parsers refuse such a target by themselves, or take it for a path.
    expect([400, 401, 404], target).toContain(status);
  }
});
