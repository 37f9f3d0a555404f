import type { AuditEvent } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { protectResource } from '../resource/protect-resource.js';
import { protectTenants } from '../tenancy/protect-tenants.js';
import { verifiedToken } from '../testing/verified-token.js';
import { fetchGuard } from './fetch-guard.js';

const token = verifiedToken();
const events: AuditEvent[] = [];
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  allowedOrigins: ['https://app.example.com'],
  audit: { record: (event) => void events.push(event) },
});
const call = (headers: Record<string, string> = {}): Request => new Request(token.resource, { headers });
const authorization = 'Bearer t';

it('tells the trail of a request what the host describes it by, and nothing else of it', async () => {
  const guard = fetchGuard(guarded, {
    describe: (request) => ({
      network: request.headers.get('x-real-ip') ?? undefined,
      correlationId: 'r-1',
      ...{ target: '/elsewhere', isForResource: false },
    }),
  });
  expect(await guard(call({ 'x-real-ip': '192.0.2.7' }))).toMatchObject({ status: 401 });
  expect(events).toMatchObject([{ reason: 'missing', network: '192.0.2.7', correlationId: 'r-1' }]);
});

it('finds the tenant by the host of the URL where no header tells it', async () => {
  const tenants = protectTenants({
    resource: 'https://{tenant}.mcp.example/mcp',
    tenant: (name) => (name === 'a' ? { authorizationServers: ['https://as.test'] } : undefined),
  });
  const guard = fetchGuard(tenants);
  expect(await guard(new Request('https://a.mcp.example/mcp'))).toMatchObject({ status: 401 });
  expect(await guard(new Request('https://b.mcp.example/mcp'))).toMatchObject({ status: 404 });
  const headers = { host: 'b.mcp.example' };
  expect(await guard(new Request('https://a.mcp.example/mcp', { headers }))).toMatchObject({ status: 404 });
});

/** What some runtimes answer when a connection becomes a WebSocket. */
class Upgrade extends Response {
  override readonly status = 101;
}

it('passes on what cannot be made anew with headers more', async () => {
  for (const answer of [Response.error(), new Upgrade()]) {
    const serve = fetchGuard(guarded).wrap(() => answer);
    expect(await serve(call({ authorization, origin: 'https://app.example.com' }))).toBe(answer);
  }
});

it('RS-12 takes no coding of a body but none, which an empty one is, and says so', async () => {
  const looking = protectResource({
    resource: token.resource,
    authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
    tools: { write: ['files:write'] },
  });
  const guard = fetchGuard(looking);
  const send = (coding: string) => {
    const headers = { authorization, 'content-type': 'application/json', 'content-encoding': coding };
    return guard(
      new Request(token.resource, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }),
    );
  };
  for (const none of ['', 'Identity']) expect(await send(none)).not.toBeInstanceOf(Response);
  const refused = await send('gzip');
  expect(refused).toMatchObject({ status: 415 });
  if (refused instanceof Response) expect(refused.headers.get('accept-encoding')).toBe('identity');
});
