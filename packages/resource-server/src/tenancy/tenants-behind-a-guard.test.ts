import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { AuditEvent } from '@portcullis/ports';
import { exportJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchGuard } from '../adapters/fetch-guard.js';
import { currentCaller } from '../tools/current-caller.js';
import { guardTools } from '../tools/guard-tools.js';
import { requirePermission } from '../tools/require-permission.js';
import { requireScopes } from '../tools/require-scopes.js';
import { protectTenants } from './protect-tenants.js';
import { createTestIssuer, type TestIssuer } from './testing/tenant-tokens.js';

let issuer: TestIssuer;
let jwk: object;
beforeAll(async () => {
  issuer = await createTestIssuer('https://as.test');
  jwk = { ...(await exportJWK(issuer.publicKey)), kid: 'key-1', alg: 'ES256' };
});

function serveTenants(events: AuditEvent[]) {
  const tenants = protectTenants({
    resource: 'https://mcp.example/t/{tenant}/mcp',
    tenant: (name) => (['a', 'b'].includes(name) ? {} : undefined),
    authorizationServers: [issuer.trusted],
    scopes: [{ name: 'files', implies: ['files:read'] }, 'files:read'],
    audit: { record: (event) => events.push(event) },
    fetch: (async (url) =>
      Response.json(
        String(url).endsWith('/jwks') ? { keys: [jwk] } : { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` },
      )) as typeof fetch,
  });
  const says = () => ({
    content: [{ type: 'text' as const, text: `${currentCaller().subject} of ${currentCaller().tenantId}` }],
  });
  const build = guardTools(
    tenants,
    () => new McpServer({ name: 'files', version: '1.0.0' }),
    (server) => {
      server.registerTool('read', {}, requireScopes('files:read')(says));
      server.registerTool('purge', {}, requirePermission('admin')(says));
    },
  );
  const mcp = createMcpHandler(build);
  const serve = fetchGuard(tenants).wrap((request, { authInfo }) => mcp.fetch(request, { authInfo }));
  return async (tenant: string, accessToken: string, name = 'read') => {
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
    const answer = await serve(new Request(`https://mcp.example/t/${tenant}/mcp`, { method: 'POST', headers, body }));
    return `${answer.status} ${answer.headers.get('www-authenticate')} ${await answer.text()}`;
  };
}

describe('one server for many tenants, behind the guard', () => {
  const claims = { sub: 'alice', client_id: 'c', jti: 'j', aud: 'https://mcp.example/t/a/mcp', tenant_id: 'a' };

  it('RS-11 answers 403 before a tool is dispatched, and lets in by what a scope implies', async () => {
    const events: AuditEvent[] = [];
    const call = serveTenants(events);
    expect(await call('a', await issuer.sign({ ...claims, scope: 'files' }))).toContain('alice of a');
    const refused = await call('a', await issuer.sign({ ...claims, scope: 'other' }));
    expect(refused).toMatch(/^403 Bearer error="insufficient_scope", scope="files:read/);
    expect(await call('a', await issuer.sign({ ...claims, scope: 'files' }), 'purge')).toContain(
      'permission \\"admin\\"',
    );
    expect(events.map(({ type, reason, target }) => [type, reason, target])).toEqual([
      ['mcp.request_denied', 'insufficient_scope', 'read'],
      ['mcp.request_denied', 'permission_denied', 'purge'],
    ]);
  });

  it('TN-01 refuses a token of another tenant like any unknown one, and tells the trail of the crossing', async () => {
    const events: AuditEvent[] = [];
    const call = serveTenants(events);
    const unknown = await call('b', 'no.such.token');
    events.length = 0;
    expect(await call('b', await issuer.sign({ ...claims, aud: 'https://mcp.example/t/b/mcp' }))).toBe(unknown);
    expect(events).toEqual([
      expect.objectContaining({ type: 'tenant.crossing', reason: 'wrong_tenant', tenantId: 'b' }),
    ]);
    expect(await call('c', await issuer.sign(claims))).toBe('404 null ');
  });
});
