import type { AuditEvent } from '@portcullis/ports';
import { exportJWK } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Admission, PresentedRequest } from '../resource/protected-resource.js';
import { protectTenants } from './protect-tenants.js';
import type { ProtectTenantsOptions } from './tenant-options.js';
import { createTestIssuer, type TestIssuer } from './testing/tenant-tokens.js';

const R1 = 'https://mcp.example/t/a/mcp';
const NOT_FOUND = '404 {"cache-control":"no-store"}';
const R3 = 'https://mcp.example/t/b/mcp';
let issuerOfA: TestIssuer;
let issuerOfB: TestIssuer;
let shared: TestIssuer;
/** What lies at each address: metadata and keys of the issuers. */
let published: ReadonlyMap<string, object>;

beforeAll(async () => {
  [issuerOfA, issuerOfB, shared] = (await Promise.all(
    ['https://as.test/a', 'https://as.test/b', 'https://as.test'].map(createTestIssuer),
  )) as [TestIssuer, TestIssuer, TestIssuer];
  const documents = [issuerOfA, issuerOfB, shared].map(async ({ issuer, publicKey }) => {
    const { origin, pathname } = new URL(issuer);
    const path = pathname === '/' ? '' : pathname;
    const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256' };
    const metadata: object = { issuer, jwks_uri: `${issuer}/jwks` };
    const lies = [`${origin}/.well-known/oauth-authorization-server${path}`, `${issuer}/jwks`] as const;
    return [[lies[0], metadata] as const, [lies[1], { keys: [jwk] } as object] as const];
  });
  published = new Map((await Promise.all(documents)).flat());
});

function setUp(options: Partial<ProtectTenantsOptions> = {}) {
  const events: AuditEvent[] = [];
  const known = new Map([
    ['a', { authorizationServers: [issuerOfA.trusted] }],
    ['b', { authorizationServers: [issuerOfB.trusted] }],
  ]);
  const tenant = vi.fn((name: string) => known.get(name));
  const fetched: string[] = [];
  const tenants = protectTenants({
    resource: 'https://mcp.example/t/{tenant}/mcp',
    tenant,
    authorizationServers: [shared.trusted],
    audit: { record: (event) => events.push(event) },
    fetch: async (url) => {
      fetched.push(String(url));
      const document = published.get(String(url));
      return document === undefined ? new Response(null, { status: 404 }) : Response.json(document);
    },
    ...options,
  });
  const admit = (request: Partial<PresentedRequest>) =>
    tenants.admit({ method: 'POST', target: '/t/a/mcp', host: 'mcp.example', rawHeaders: [], ...request });
  async function ask(target: string, accessToken?: string, host = 'mcp.example', headers: string[] = []) {
    const authorization = accessToken === undefined ? [] : ['Authorization', `Bearer ${accessToken}`];
    return summary(await admit({ target, host, rawHeaders: [...authorization, ...headers] }));
  }
  return { tenants, admit, ask, events, tenant, fetched };
}

function summary(admission: Admission): string {
  switch (admission.outcome) {
    case 'elsewhere':
      return 'elsewhere';
    case 'answered':
      return `${admission.response.status} ${JSON.stringify(admission.response.headers)}${admission.response.body}`;
    case 'admitted':
      return `${admission.caller.subject} of ${admission.caller.tenantId}`;
  }
}

describe('protectTenants', () => {
  it('lets callers of a tenant in at its route, and names the tenant in its resource and metadata', async () => {
    const { ask, admit, tenant } = setUp();
    expect(await ask('/t/a/mcp', await issuerOfA.sign({ sub: 'alice', aud: R1 }))).toBe('alice of a');
    expect(await ask('/t/b/mcp', await issuerOfB.sign({ sub: 'carol', aud: R3 }))).toBe('carol of b');
    expect(await ask('/t/a/mcp', await shared.sign({ sub: 'bob', aud: R1, tenant_id: 'a' }))).toBe('bob of a');
    expect(tenant).toHaveBeenCalledTimes(2);
    const found = await admit({ method: 'GET', target: '/.well-known/oauth-protected-resource/t/a/mcp' });
    if (found.outcome !== 'answered') throw new Error('It was not answered');
    expect(JSON.parse(found.response.body)).toMatchObject({
      resource: R1,
      authorization_servers: [issuerOfA.issuer, shared.issuer],
    });
  });

  it('TN-01 refuses a token of one tenant at another like any unknown one, whatever the claims', async () => {
    const { ask, events } = setUp();
    const unknown = await ask('/t/b/mcp', 'no.such.token');
    expect(unknown).toContain('401');
    events.length = 0;
    const own = await issuerOfA.sign({ sub: 'alice', aud: R1 });
    const [header, payload = '', signature] = (await shared.sign({ sub: 'bob', aud: R1, tenant_id: 'a' })).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const edited = Buffer.from(JSON.stringify({ ...claims, aud: R3, tenant_id: 'b' })).toString('base64url');
    const tokens: readonly (readonly [string, string, string])[] = [
      [own, 'access_token.refused', 'wrong_issuer'],
      [await issuerOfA.sign({ sub: 'alice', aud: R3 }), 'access_token.refused', 'wrong_issuer'],
      [[header, edited, signature].join('.'), 'access_token.refused', 'bad_signature'],
      [await shared.sign({ sub: 'bob', aud: R1, tenant_id: 'a' }), 'tenant.crossing', 'wrong_tenant'],
      [await shared.sign({ sub: 'bob', aud: R3, tenant_id: 'a' }), 'tenant.crossing', 'wrong_tenant'],
      [await shared.sign({ sub: 'bob', aud: R3 }), 'tenant.crossing', 'wrong_tenant'],
      [await issuerOfB.sign({ sub: 'carol', aud: R3, tenant_id: 'a' }), 'tenant.crossing', 'wrong_tenant'],
      [await issuerOfB.sign({ sub: 'carol', aud: 'https://mcp.example' }), 'access_token.refused', 'wrong_audience'],
    ];
    for (const [accessToken, type, reason] of tokens) {
      expect(await ask('/t/b/mcp', accessToken)).toBe(unknown);
      expect(events.splice(0)).toEqual([expect.objectContaining({ type, reason, outcome: 'refused', tenantId: 'b' })]);
    }
    expect(await ask('/t/a/mcp', own)).toBe('alice of a');
  });

  it('TN-01 never takes the tenant from a header, the query, the body or another host', async () => {
    const { ask, tenants, tenant } = setUp();
    const ofA = await issuerOfA.sign({ sub: 'alice', aud: R1 });
    const headers = ['X-Tenant', 'b', 'X-Forwarded-Host', 'b.mcp.example', 'X-Original-URL', '/t/b/mcp'];
    expect(await ask('/t/a/mcp?tenant=b', ofA, 'b.mcp.example', headers)).toBe('alice of a');
    expect(await ask('/t/b/mcp?tenant=a', ofA, 'a.mcp.example', ['X-Tenant', 'a'])).toContain('401');
    const admission = await tenants.admit({
      method: 'POST',
      target: '/t/a/mcp',
      host: undefined,
      rawHeaders: ['Authorization', `Bearer ${ofA}`],
    });
    if (admission.outcome !== 'admitted') throw new Error('It was not admitted');
    expect(admission.authorize({ method: 'tools/call', params: { _meta: { tenant: 'b' } } })).toBeUndefined();
    expect(admission.caller.tenantId).toBe('a');
    expect(tenant.mock.calls).toEqual([['a'], ['b']]);
  });

  it('TN-01 takes it from the host, and from nothing else, where the template says so', async () => {
    const { ask } = setUp({ resource: 'https://{tenant}.mcp.example/mcp' });
    const ofA = await issuerOfA.sign({ sub: 'alice', aud: 'https://a.mcp.example/mcp' });
    expect(await ask('/mcp', ofA, 'a.mcp.example', ['X-Forwarded-Host', 'b.mcp.example'])).toBe('alice of a');
    expect(await ask('/mcp?tenant=a', ofA, 'b.mcp.example', ['X-Forwarded-Host', 'a.mcp.example'])).toContain('401');
    expect(await ask('/mcp', ofA, 'mcp.example')).toBe(NOT_FOUND);
  });

  it('TN-03 refuses a token signed with the key of another tenant under the same key id, and tells of no other', async () => {
    const { ask, admit } = setUp();
    const unknown = await ask('/t/a/mcp', 'no.such.token');
    expect(await ask('/t/a/mcp', await issuerOfB.sign({ iss: issuerOfA.issuer, sub: 'alice', aud: R1 }))).toBe(unknown);
    expect(await ask('/t/a/mcp', await issuerOfA.sign({ sub: 'alice', aud: R1 }))).toBe('alice of a');
    const metadata = await admit({ method: 'GET', target: '/.well-known/oauth-protected-resource/t/a/mcp' });
    expect(summary(metadata)).toContain(issuerOfA.issuer);
    expect(summary(metadata)).not.toContain(issuerOfB.issuer);
  });

  it('TN-05 answers 404 for what is no tenant, asks for no name that cannot be one, and goes no further', async () => {
    const tenant = vi.fn((name: string) => ({})[name as never]);
    const { ask, admit, tenants, events } = setUp({ tenant });
    for (const target of ['/t/c/mcp', '/t/constructor/mcp', '/t/A/mcp', '/t/a%2f../mcp', '/t/.well-known/mcp']) {
      expect(await ask(target)).toBe(NOT_FOUND);
    }
    expect(await ask('/.well-known/oauth-protected-resource/t/c/mcp')).toContain('404 ');
    expect(await ask('/health')).toBe('elsewhere');
    expect(summary(await admit({ target: '/health', isForResource: true }))).toBe(NOT_FOUND);
    expect(await tenants.resourceOf('../b')).toBeUndefined();
    expect(new Set(tenant.mock.calls.flat())).toEqual(new Set(['c', 'constructor']));
    expect(events.map(({ reason, target }) => [reason, target])).toEqual([
      ['unknown_tenant', 'c'],
      ['unknown_tenant', 'constructor'],
      ['unclear_tenant', undefined],
      ['unclear_tenant', undefined],
      ['unclear_tenant', undefined],
      ['unknown_tenant', 'c'],
      ['outside_tenant', undefined],
    ]);
    expect(events[0]).toMatchObject({
      type: 'request.refused',
      outcome: 'refused',
      httpStatus: 404,
      tenantId: 'default',
    });
  });

  it("TN-05 leaves nothing on a tenant's route to the host, where its resource says that it is elsewhere", async () => {
    const { admit, events } = setUp();
    for (const round of ['first', 'later']) {
      const admission = await admit({ target: '/.well-known/oauth-protected-resource/t/a/mcp/more' });
      expect([round, admission.outcome === 'answered' && admission.response.status]).toEqual([round, 404]);
    }
    expect(events.map(({ reason, target }) => [reason, target])).toEqual([
      ['outside_tenant', 'a'],
      ['outside_tenant', 'a'],
    ]);
  });

  it('keeps no more tenants than it may, and none that do not exist', async () => {
    const tenant = vi.fn((name: string) => (name.startsWith('real') ? {} : undefined));
    const { ask, tenants } = setUp({ tenant, maxTenants: 2 });
    await ask('/t/real-0/mcp');
    for (let probe = 0; probe < 100; probe += 1) expect(await ask(`/t/probe-${probe}/mcp`)).toBe(NOT_FOUND);
    tenant.mockClear();
    expect(await ask('/t/real-0/mcp')).toContain('401');
    expect(tenant).not.toHaveBeenCalled();
    for (const name of ['real-1', 'real-2', 'real-1', 'real-3', 'real-1', 'real-2']) await ask(`/t/${name}/mcp`);
    expect(tenant.mock.calls.flat()).toEqual(['real-1', 'real-2', 'real-3', 'real-2']);
    tenants.forget('real-2');
    tenant.mockReturnValue(undefined);
    expect(await ask('/t/real-2/mcp')).toBe(NOT_FOUND);
  });

  it('asks once for a tenant that many requests bring at once, and answers 503 while it cannot be found out', async () => {
    const faults: unknown[] = [];
    let isDown = true;
    const tenant = vi.fn(async () => {
      if (isDown) throw new Error('The database is down');
      return { authorizationServers: [issuerOfA.trusted] };
    });
    const { ask, events } = setUp({ tenant, onFault: (error) => faults.push(error) });
    expect(await ask('/t/a/mcp')).toContain('503 {"retry-after":"5"');
    expect(events).toEqual([
      expect.objectContaining({
        type: 'request.refused',
        outcome: 'failed',
        reason: 'tenant_unavailable',
        target: 'a',
        httpStatus: 503,
      }),
    ]);
    expect(faults).toEqual([new Error('The database is down')]);
    isDown = false;
    const accessToken = await issuerOfA.sign({ sub: 'alice', aud: R1 });
    const outcomes = await Promise.all([1, 2, 3].map(() => ask('/t/a/mcp', accessToken)));
    expect(outcomes).toEqual(['alice of a', 'alice of a', 'alice of a']);
    expect(tenant).toHaveBeenCalledTimes(2);
  });

  it('calls a tenant what its issuers call it, and holds tokens against that', async () => {
    const { ask } = setUp({ tenant: () => ({ tenantId: 'org_42' }) });
    expect(await ask('/t/a/mcp', await shared.sign({ sub: 'alice', aud: R1, tenant_id: 'org_42' }))).toBe(
      'alice of org_42',
    );
    expect(await ask('/t/a/mcp', await shared.sign({ sub: 'alice', aud: R1, tenant_id: 'a' }))).toContain('401');
  });

  it("holds what a verifier of the host's own finds to the same", async () => {
    const { tenants: inner } = setUp({ tenant: () => ({ authorizationServers: [issuerOfA.trusted], tenantId: 'b' }) });
    const verified = await (await inner.resourceOf('a'))?.admit({
      method: 'POST',
      target: '/t/a/mcp',
      host: undefined,
      rawHeaders: ['Authorization', `Bearer ${await issuerOfA.sign({ sub: 'alice', aud: R1 })}`],
    });
    if (verified?.outcome !== 'admitted') throw new Error('It was not admitted');
    let tenantId: string | undefined;
    const verifier = { verify: () => ({ ok: true, value: { ...verified.caller, tenantId } }) as const };
    const custom = { issuer: issuerOfA.issuer, verifier };
    const own = setUp({ tenant: () => ({ authorizationServers: [custom] }), authorizationServers: [] });
    const common = setUp({ tenant: () => ({}), authorizationServers: [custom] });
    expect(await own.ask('/t/a/mcp', 'any')).toBe('alice of a');
    expect(await common.ask('/t/a/mcp', 'any')).toContain('401');
    tenantId = 'a';
    expect(await common.ask('/t/a/mcp', 'any')).toBe('alice of a');
    tenantId = 'b';
    expect(await own.ask('/t/a/mcp', 'any')).toContain('401');
    expect(await common.ask('/t/a/mcp', 'any')).toContain('401');
  });

  it('takes an issuer that is only named for a tenant of its own, and refuses one for all tenants', async () => {
    expect(() => setUp({ authorizationServers: ['https://as.test' as never] })).toThrow(
      'write the preset of its provider',
    );
    const { ask } = setUp({
      tenant: () => ({ authorizationServers: ['https://as.test/a'] }),
      authorizationServers: [],
    });
    const claims = { sub: 'alice', aud: R1, client_id: 'c', jti: 'j' };
    expect(await ask('/t/a/mcp', await issuerOfA.sign(claims))).toBe('alice of a');
    expect(await ask('/t/a/mcp', await issuerOfB.sign(claims))).toContain('401');
  });

  it.each<[string, object, string]>([
    ['without a tenant', { tenant: undefined }, 'tenant is missing'],
    ['an option that there is not', { requiredScope: ['a'] }, 'protectTenants has no option "requiredScope"'],
    ['an option of one tenant', { tenantId: 'a' }, 'protectTenants has no option "tenantId"'],
  ])('cannot be built with %s', (_, wrong, message) => {
    expect(() => setUp(wrong)).toThrow(message);
  });

  it('tells every tenant what its tools need, whether they come before or after', async () => {
    const { tenants } = setUp({ tools: { read_file: ['files:read'] } });
    const early = await tenants.resourceOf('a');
    tenants.tools.declare('delete_file', ['files:write']);
    const late = await tenants.resourceOf('b');
    for (const resource of [early, late]) {
      expect(resource?.tools.scopesOf('read_file')).toEqual(['files:read']);
      expect(resource?.tools.scopesOf('delete_file')).toEqual(['files:write']);
    }
    expect(() => tenants.tools.declare('read_file', ['files:write'])).toThrow('declared again');
  });

  it('RS-09 fetches the keys of a shared issuer once for all tenants, and holds each token against its own', async () => {
    const { ask, fetched } = setUp({ tenant: (name) => (['a', 'b'].includes(name) ? {} : undefined) });
    expect(await ask('/t/a/mcp', await shared.sign({ sub: 'alice', aud: R1, tenant_id: 'a' }))).toBe('alice of a');
    expect(await ask('/t/b/mcp', await shared.sign({ sub: 'bob', aud: R3, tenant_id: 'b' }))).toBe('bob of b');
    expect(await ask('/t/b/mcp', await shared.sign({ sub: 'alice', aud: R3, tenant_id: 'a' }))).toContain('401');
    expect(fetched.filter((url) => url === 'https://as.test/jwks')).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['a tool needs no scope that there is', { tools: { read_file: ['two words'] } }],
    ['what every request needs is no scope', { requiredScopes: ['two words'] }],
    ['the clocks may not differ so', { clockToleranceSeconds: -1 }],
    ['an origin is none', { allowedOrigins: ['nonsense'] }],
    ['the metadata say what follows from the rest', { metadata: { resource: 'https://other.example' } }],
    ['no tenant is kept', { maxTenants: 0 }],
  ])('is not made where %s', (_title, options) => {
    expect(() => setUp(options)).toThrow(TypeError);
  });

  it('a tool with what is no scope is refused before it reaches any tenant', async () => {
    const { tenants } = setUp();
    const early = await tenants.resourceOf('a');
    expect(() => tenants.tools.declare('read_file', ['two words'])).toThrow(TypeError);
    expect(early?.tools.isEmpty).toBe(true);
    expect((await tenants.resourceOf('b'))?.tools.isEmpty).toBe(true);
  });

  it('scripts of an allowed origin can read that there is no such tenant, and those of no other', async () => {
    const { admit, events } = setUp({ allowedOrigins: ['https://app.example'] });
    const headersFor = async (origin: string, request: Partial<PresentedRequest> = {}) => {
      const admission = await admit({ target: '/t/c/mcp', rawHeaders: ['Origin', origin], ...request });
      if (admission.outcome !== 'answered') throw new Error('It was not answered');
      return [admission.response.status, admission.response.headers['access-control-allow-origin']];
    };
    expect(await headersFor('https://app.example')).toEqual([404, 'https://app.example']);
    expect(await headersFor('https://app.example', { method: 'OPTIONS' })).toEqual([204, 'https://app.example']);
    expect(await headersFor('https://evil.example')).toEqual([404, undefined]);
    expect(await headersFor('https://evil.example', { method: 'OPTIONS' })).toEqual([404, undefined]);
    const target = '/.well-known/oauth-protected-resource/t/c/mcp';
    expect(await headersFor('https://evil.example', { method: 'GET', target })).toEqual([404, '*']);
    expect(events.map(({ httpStatus }) => httpStatus)).toEqual([404, 404, 404, 404]);
  });
});
