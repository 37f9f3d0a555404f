import type { AuditEvent } from '@portcullis/ports';
import { describe, expect, it, vi } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import { createIssuerKey, startIssuerServer } from '../testing/issuer-server.js';
import { verifiedToken } from '../testing/verified-token.js';
import type { ProtectResourceOptions } from './options.js';
import { protectResource } from './protect-resource.js';
import type { Admission, PresentedRequest } from './protected-resource.js';

const resource = 'https://gw.test/a/mcp';
const issuer = 'https://as.test/a';
const now = Math.floor(Date.now() / 1000);

const good = verifiedToken({ issuer, resource, scopes: ['files:read'], expiresAtEpochSeconds: now + 600 });

/** A resource whose verifier answers just this, and what its guard told. */
function guarded(verdict: unknown, options: Partial<ProtectResourceOptions> = {}) {
  const events: AuditEvent[] = [];
  const faults: unknown[] = [];
  const verifier: AccessTokenVerifier = {
    verify: () => (typeof verdict === 'function' ? verdict() : verdict) as Verification,
  };
  const guard = protectResource({
    resource,
    authorizationServers: [{ issuer, verifier }],
    audit: { record: (event) => void events.push(event) },
    onFault: (error) => void faults.push(error),
    ...options,
  });
  return { guard, events, faults };
}

const accepted = (over: Partial<VerifiedAccessToken> = {}) => ({ ok: true, value: { ...good, ...over } });

function request(over: Partial<PresentedRequest> = {}): PresentedRequest {
  return { method: 'POST', target: '/a/mcp', host: 'gw.test', rawHeaders: ['Authorization', 'Bearer t'], ...over };
}

/** The status and challenge of a refusal. */
async function refusal(admission: Admission | Promise<Admission>): Promise<[number, string | undefined]> {
  const settled = await admission;
  if (settled.outcome !== 'answered') throw new Error(`It was ${settled.outcome}`);
  return [settled.response.status, settled.response.headers['www-authenticate']];
}

describe('protectResource', () => {
  it('admits a known token at once', () => {
    const { guard, events } = guarded(accepted());
    const admission = guard.admit(request()) as Admission;
    expect(admission).toMatchObject({ outcome: 'admitted', accessToken: 't', headers: {}, needsBody: false });
    expect(events).toEqual([]);
  });

  it('tells one verified token’s caller once, scopes that are implied included', () => {
    const verdict = accepted({ scopes: ['files'] });
    const { guard } = guarded(verdict, { scopes: [{ name: 'files', implies: ['files:read'] }, 'files:read'] });
    const first = guard.admit(request()) as Admission & { outcome: 'admitted' };
    const second = guard.admit(request()) as Admission & { outcome: 'admitted' };
    expect(second.caller).toBe(first.caller);
    expect([...first.caller.heldScopes]).toEqual(['files', 'files:read']);
    const verified = guard.verifier.verify('t') as Verification & { readonly ok: true };
    expect(guard.callerOf(verified.value)).toBe(first.caller);
  });

  it.each<[string, Partial<VerifiedAccessToken>, string]>([
    ['for another resource', { resource: 'https://gw.test/b/mcp' }, 'wrong_audience'],
    ['of another issuer', { issuer: 'https://as.test/b' }, 'wrong_issuer'],
    ['of another tenant', { tenantId: 'b' }, 'wrong_tenant'],
    ['that has expired', { expiresAtEpochSeconds: now - 31 }, 'expired'],
    ['whose expiry is no number', { expiresAtEpochSeconds: Number.NaN }, 'expired'],
  ])('RS-05 lets nobody in by a verifier that answers a token %s', async (_, over, reason) => {
    const { guard, events } = guarded(accepted({ tenantId: 'a', ...over }), { tenantId: 'a' });
    const [status] = await refusal(guard.admit(request()));
    expect([status, events.map((event) => event.reason)]).toEqual([401, [reason]]);
    expect(await guard.admitToken('t')).toEqual({ outcome: 'invalid_token' });
  });

  it.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new Error('secret inside');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret inside'))],
    ['answers nothing', undefined],
    ['answers null in time', () => Promise.resolve(null)],
    ['answers half a verdict', { ok: false }],
    ['answers half a token', { ok: true, value: { ...good, scopes: undefined } }],
  ])('says 503 where a verifier %s, and tells the host', async (_, verdict) => {
    const { guard, events, faults } = guarded(verdict);
    const admission = await guard.admit(request());
    expect(admission).toMatchObject({
      outcome: 'answered',
      response: { status: 503, headers: { 'retry-after': '5' } },
    });
    expect(JSON.stringify([admission, events])).not.toContain('secret');
    expect([events.map(({ reason }) => reason), faults.length]).toEqual([['verifier_failed'], 1]);
    expect(await guard.admitToken('t')).toEqual({ outcome: 'unavailable' });
  });

  it.each([
    ['keys_unavailable', '30'],
    ['introspection_unavailable', '5'],
  ])('asks to try again after %s when that can make a difference: in %s s', async (reason, seconds) => {
    const admission = await guarded({ ok: false, failure: { reason } }).guard.admit(request());
    expect(admission).toMatchObject({ response: { headers: { 'retry-after': seconds } } });
  });

  it.each(['keys_unavailable', 'introspection_unavailable', 'revocation_blind'])(
    'F-05 says 503 for %s, and 401 for what speaks against the token',
    async (reason) => {
      expect((await refusal(guarded({ ok: false, failure: { reason } }).guard.admit(request())))[0]).toBe(503);
      expect((await refusal(guarded({ ok: false, failure: { reason: 'revoked' } }).guard.admit(request())))[0]).toBe(
        401,
      );
    },
  );

  it('RS-11 names what every request needs in each challenge, and asks for it before anything else', async () => {
    const { guard, events } = guarded(accepted(), { requiredScopes: ['mcp', 'offline_access'] });
    const metadata = `resource_metadata="${guard.metadataUrl}"`;
    expect(await refusal(guard.admit(request({ rawHeaders: [] })))).toEqual([401, `Bearer scope="mcp", ${metadata}`]);
    const modern = request({ rawHeaders: [...request().rawHeaders, 'mcp-protocol-version', '2026-07-28'] });
    expect(await refusal(guard.admit(modern))).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="mcp", ${metadata}`,
    ]);
    expect(await refusal(guard.admit(request()))).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="mcp files:read", ${metadata}`,
    ]);
    expect(await guard.admitToken('t')).toEqual({ outcome: 'insufficient_scope', scopes: ['mcp'] });
    expect(events.map(({ reason, subject }) => [reason, subject])).toEqual([
      ['missing', undefined],
      ...Array.from({ length: 3 }, () => ['insufficient_scope', 'usr_alice']),
    ]);
    expect(guard.metadata.scopes_supported).toEqual(['mcp']);
  });

  it('names in the trail the claim that is missing, and to the client nothing', async () => {
    const { guard, events } = guarded({ ok: false, failure: { reason: 'claim_missing', claim: 'jti' } });
    const admission = await guard.admit(request());
    await guard.admitToken('t');
    expect(events.map(({ reason, detail }) => [reason, detail])).toEqual(
      Array(2).fill(['claim_missing', 'claim: jti']),
    );
    expect(JSON.stringify(admission)).not.toContain('jti');
  });

  it('lists no scopes that single tools and methods need: their own challenges name those', () => {
    const { guard } = guarded(accepted(), { tools: { purge: ['files:write'] }, methods: { 'tools/list': ['files'] } });
    guard.tools.declare('move', ['files:move']);
    const admission = guard.admit(request({ method: 'GET', target: new URL(guard.metadataUrl).pathname }));
    expect(admission).toMatchObject({ response: { body: expect.not.stringContaining('scopes_supported') } });
  });

  it('RS-11 asks in one challenge for what every request needs and what the call needs besides', () => {
    const { guard, events } = guarded(accepted(), { requiredScopes: ['mcp'], tools: { write: ['files:write'] } });
    const modern = request({ rawHeaders: [...request().rawHeaders, 'mcp-protocol-version', '2026-07-28'] });
    const admitted = guard.admit(modern) as Admission & { outcome: 'admitted' };
    const call = (name: string) => ({ jsonrpc: '2.0', id: 'q', method: 'tools/call', params: { name } });
    const refused = admitted.authorize(call('write'));
    expect([refused?.status, JSON.parse(refused?.body ?? '')]).toMatchObject([
      403,
      { id: 'q', error: { data: { scope: 'mcp files:write' } } },
    ]);
    expect(admitted.authorize(call('other'))?.headers['www-authenticate']).toContain('scope="mcp",');
    expect(admitted.authorize(null)?.status).toBe(403);
    expect(events.map(({ scopes, method, target }) => [scopes, method, target])).toEqual([
      [['mcp', 'files:write'], 'tools/call', 'write'],
      [['mcp'], undefined, undefined],
      [['mcp'], undefined, undefined],
    ]);
  });

  it('refuses at once what lacks a scope that every request needs, where no body decides', async () => {
    const { guard } = guarded(accepted(), { requiredScopes: ['mcp'], tools: { write: ['files:write'] } });
    const [status, challenge] = await refusal(guard.admit(request({ method: 'GET' })));
    expect([status, challenge]).toEqual([403, expect.stringContaining('scope="mcp files:read"')]);
  });

  it('RS-11 asks for nothing that no client could ask for, though the token has it', () => {
    const { guard } = guarded(accepted({ scopes: ['files:read', 'no scope', 'offline_access'] }), {
      tools: { write: ['files:write'] },
    });
    const admitted = guard.admit(request()) as Admission & { outcome: 'admitted' };
    const body = { jsonrpc: '2.0', id: 'q', method: 'tools/call', params: { name: 'write' } };
    expect(JSON.parse(admitted.authorize(body)?.body ?? '')).toMatchObject({
      error: { data: { scope: 'files:write files:read' } },
    });
  });

  it('asks for the scopes of methods and tools together, of GET for none', () => {
    const { guard } = guarded(accepted(), { methods: { 'tools/call': ['call'] }, tools: { write: ['files:write'] } });
    const admitted = guard.admit(request()) as Admission & { outcome: 'admitted' };
    const body = { jsonrpc: '2.0', id: 'q', method: 'tools/call', params: { name: 'write' } };
    expect(admitted.authorize(body)?.headers['www-authenticate']).toContain('scope="call files:write files:read"');
    expect(admitted.authorize({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).toBeUndefined();
    expect(guard.admit(request({ method: 'GET' }))).toMatchObject({ needsBody: false });
  });

  it('needs the body from when the first tool was declared, and lets none be declared otherwise', () => {
    const { guard } = guarded(accepted());
    expect(guard.admit(request())).toMatchObject({ needsBody: false });
    guard.tools.declare('write', ['files:write', 'files:read']);
    guard.tools.declare('write', ['files:read', 'files:write']);
    expect(guard.admit(request())).toMatchObject({ needsBody: true });
    expect(() => guard.tools.declare('write', [])).toThrow(/Tool "write" needs "files:write files:read"/);
  });

  it('tells of weak proofs at start, and once of each token that is taken by one', async () => {
    const onWarning = vi.fn();
    const weak = {
      issuer: 'https://idp.test',
      rules: {
        preset: 'cognito',
        algorithms: ['RS256'],
        types: [undefined],
        recipientProof: 'resource_scopes' as const,
        readClaims: () => ({ ok: false as const, failure: { reason: 'malformed' as const } }),
      },
      verification: { method: 'signature' as const },
    };
    const { events } = guarded(undefined, { authorizationServers: [weak], onWarning });
    expect(events).toMatchObject([{ type: 'issuer.trusted_weakly', detail: 'cognito: https://idp.test' }]);
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('https://idp.test (cognito)'));

    const taken = guarded(() => accepted({ recipientProof: 'resource_scopes' }));
    await taken.guard.admit(request());
    await taken.guard.admit(request());
    expect(taken.events).toMatchObject([{ type: 'access_token.accepted', reason: 'resource_scopes' }]);
  });

  it('has the keys at hand before the first token comes, and says whose it could not have', async () => {
    const as = await startIssuerServer();
    const key = await createIssuerKey('k');
    as.answers.set('/.well-known/oauth-authorization-server', {
      body: { issuer: as.origin, jwks_uri: `${as.origin}/jwks` },
    });
    as.answers.set('/jwks', { body: { keys: [key.jwk] } });
    const down = `${as.origin}/down`;
    const own = { issuer, verifier: { verify: () => accepted() as Verification } };
    const guard = protectResource({ resource, authorizationServers: [as.origin, down, own] });
    expect(await guard.prepare()).toEqual([down]);
    const asked = as.count('/jwks');
    const accessToken = await key.sign({
      iss: as.origin,
      aud: resource,
      sub: 's',
      client_id: 'c',
      jti: 'j',
      iat: now,
      exp: now + 60,
    });
    expect(await guard.admitToken(accessToken)).toMatchObject({ outcome: 'admitted' });
    expect([asked, as.count('/jwks')]).toEqual([1, 1]);
    expect(await guarded(accepted()).guard.prepare()).toEqual([]);
    as.close();
  });

  it('serves a resource at the path where the host sees it, and its metadata where clients look', () => {
    const { guard } = guarded(accepted(), { path: '/mcp' });
    expect(guard.admit(request({ target: '/mcp' }))).toMatchObject({ outcome: 'admitted' });
    expect(guard.admit(request())).toEqual({ outcome: 'elsewhere' });
    expect(guard.admit(request({ isForResource: true }))).toMatchObject({ outcome: 'admitted' });
    expect(guard.admit(request({ method: 'GET', target: new URL(guard.metadataUrl).pathname }))).toMatchObject({
      response: { status: 200 },
    });
  });

  it('leaves nothing but the reading of documents to the host under /.well-known/ of a whole host', async () => {
    const { guard } = guarded(accepted(), { resource: 'https://gw.test/' });
    const at = (method: string, rawHeaders: string[] = []) =>
      guard.admit(request({ target: '/.well-known/x', method, rawHeaders }));
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(at(method)).toEqual({ outcome: 'elsewhere' });
      expect(guard.covers('/.well-known/x', method)).toBe(false);
    }
    for (const method of ['POST', 'DELETE', 'get']) {
      expect((await refusal(at(method)))[0]).toBe(401);
      expect(guard.covers('/.well-known/x', method)).toBe(true);
    }
    expect((await refusal(at('GET', ['Accept', 'text/event-stream'])))[0]).toBe(401);
    expect((await refusal(at('GET', ['Accept', 'a/b', 'Accept', 'text/event-stream'])))[0]).toBe(401);
    expect(guard.covers('/.well-known/x')).toBe(true);
  });

  it('lets pages of this computer call a resource on this computer, and no others', () => {
    const local = 'http://localhost:3000/mcp';
    const guard = protectResource({ resource: local, authorizationServers: [issuer] });
    const preflight = (origin: string): unknown =>
      guard.admit(request({ method: 'OPTIONS', target: '/mcp', rawHeaders: ['Origin', origin] }));
    expect(preflight('http://127.0.0.1:6274')).toMatchObject({ response: { status: 204 } });
    expect(preflight('https://localhost')).toMatchObject({ response: { status: 204 } });
    expect(preflight('http://localhost.evil.test')).toMatchObject({ response: { status: 403 } });
    const open = protectResource({ resource: local, authorizationServers: [issuer], allowedOrigins: '*' });
    expect(
      open.admit(request({ method: 'OPTIONS', target: '/mcp', rawHeaders: ['Origin', 'https://any.test'] })),
    ).toMatchObject({ response: { status: 204, headers: { 'access-control-allow-origin': '*' } } });
  });
});
