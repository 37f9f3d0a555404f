import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from '@portcullis/ports';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { protectResource } from '../resource/protect-resource.js';
import { protectTenants } from '../tenancy/protect-tenants.js';
import { verifiedToken } from '../testing/verified-token.js';
import { nodeGuard } from './node-guard.js';

const token = verifiedToken();
const faults: [unknown, string | undefined][] = [];
const events: AuditEvent[] = [];
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  tools: { write: ['files:write'] },
  allowedOrigins: ['https://app.example.com'],
  audit: { record: (event) => void events.push(event) },
  onFault: (error, correlationId) => void faults.push([error, correlationId]),
});

let server: Server;
/** What the handler behind the guard does. */
let handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
const failure = new Error('secret inside');

beforeAll(async () => {
  const guard = nodeGuard(guarded, {
    describe: ({ headers }) => ({ network: '192.0.2.0/24', correlationId: String(headers['x-request-id']) }),
  });
  const serve = guard.wrap(
    (request, response) => handler(request, response),
    (request, response) => handler(request, response),
  );
  // As a host does it: nobody waits for what the listener returns.
  server = createServer((request, response) => {
    response.setHeader('vary', 'Accept-Encoding');
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  faults.length = 0;
  events.length = 0;
});

function call(path = '/mcp', headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  const all = { authorization: 'Bearer t', connection: 'close', 'x-request-id': 'r-1', ...headers };
  return fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: all });
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
  expect(faults).toEqual([
    [failure, 'r-1'],
    [failure, 'r-1'],
  ]);
});

it('breaks an answer off that had begun, so that nobody takes it for whole', async () => {
  handler = async (_, response) => {
    response.writeHead(200).write('half');
    throw failure;
  };
  await expect(call().then((answer) => answer.text())).rejects.toThrow();
  expect(faults).toEqual([[failure, 'r-1']]);
});

it('leaves an answer alone that was whole', async () => {
  handler = async (_, response) => {
    response.end('whole');
    throw failure;
  };
  expect(await (await call()).text()).toBe('whole');
  expect(faults).toEqual([[failure, 'r-1']]);
});

it('tells the trail of a request what the host describes it by', async () => {
  await call('/mcp', { authorization: '' });
  expect(events).toMatchObject([{ reason: 'missing', network: '192.0.2.0/24', correlationId: 'r-1' }]);
});

it('leaves said what else an answer varies by, in refusals too', async () => {
  handler = (_, response) => void response.end();
  const origin = 'https://app.example.com';
  const admitted = await call('/mcp', { origin });
  const refused = await call('/mcp', { origin, authorization: '' });
  for (const { headers } of [admitted, refused]) expect(headers.get('vary')).toBe('Accept-Encoding, Origin');
});

it('tells the host of all tenants too, whose own fault ends there', () => {
  const tenants = protectTenants({
    resource: 'https://gw.test/t/{tenant}/mcp',
    tenant: () => undefined,
    onFault: (...told) => {
      faults.push(told);
      throw failure;
    },
  });
  tenants.reportFault(failure, 'r-1');
  expect(faults).toEqual([[failure, 'r-1']]);
});
