import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { protectResource } from '../resource/protect-resource.js';
import { verifiedToken } from '../testing/verified-token.js';
import { nodeGuard } from './node-guard.js';

const token = verifiedToken();
const faults: unknown[] = [];
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  onFault: (error) => void faults.push(error),
});

let server: Server;
/** What the handler behind the guard does. */
let handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
const failure = new Error('secret inside');

beforeAll(async () => {
  const serve = nodeGuard(guarded).wrap(
    (request, response) => handler(request, response),
    (request, response) => handler(request, response),
  );
  // As a host does it: nobody waits for what the listener returns.
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => void faults.splice(0));

function call(path = '/mcp'): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: 'Bearer t', connection: 'close' } });
}

it.each(['/mcp', '/elsewhere'])('answers 500 where a handler at %s fails, and tells the host', async (path) => {
  for (const fail of [
    () => Promise.reject(failure),
    () => {
      throw failure;
    },
  ]) {
    handler = fail;
    const answer = await call(path);
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('Internal error')]);
  }
  expect(faults).toEqual([failure, failure]);
});

it('breaks an answer off that had begun, so that nobody takes it for whole', async () => {
  handler = async (_, response) => {
    response.writeHead(200).write('half');
    throw failure;
  };
  await expect(call().then((answer) => answer.text())).rejects.toThrow();
  expect(faults).toEqual([failure]);
});

it('leaves an answer alone that was whole', async () => {
  handler = async (_, response) => {
    response.end('whole');
    throw failure;
  };
  expect(await (await call()).text()).toBe('whole');
  expect(faults).toEqual([failure]);
});
