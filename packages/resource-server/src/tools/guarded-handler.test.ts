import { describe, expect, it } from 'vitest';
import { callerOfAuthInfo } from '../adapters/auth-info.js';
import { currentCaller } from './current-caller.js';
import { type RefusalDetails, recordRefusalsOf } from './refusal-trail.js';
import { requirePermission } from './require-permission.js';
import { requireScopes } from './require-scopes.js';
import { requireTenant } from './require-tenant.js';
import { authInfoOf, callerWith } from './testing/test-callers.js';
import { withCaller } from './with-caller.js';

interface Extra {
  readonly authInfo?: unknown;
  readonly http?: { readonly authInfo?: unknown };
}

const deleteFile = (args: { path: string }, _extra: Extra): string => `${currentCaller().subject} deleted ${args.path}`;
const args = { path: 'a.txt' };
const v1 = (caller = callerWith()): Extra => ({ authInfo: authInfoOf(caller) });

function refusalOf(act: () => unknown): unknown {
  try {
    act();
  } catch (refusal) {
    return refusal;
  }
  return undefined;
}

describe('requireScopes', () => {
  const handler = requireScopes('files:write')(deleteFile);

  it('lets in who holds the scope, by SDK v1 and by v2', () => {
    const caller = callerWith({ scopes: ['files:write'] });
    expect(handler(args, v1(caller))).toBe('alice deleted a.txt');
    expect(handler(args, { http: { authInfo: authInfoOf(caller) } })).toBe('alice deleted a.txt');
  });

  it('RS-12 lets in by what a scope implies, and by nothing that only looks like it', () => {
    expect(handler(args, v1(callerWith({ scopes: ['files'] })))).toBe('alice deleted a.txt');
    for (const scope of ['files:read', 'files:writer', 'FILES:WRITE', 'files:write,x', '*', 'files:*', 'files:wrіte']) {
      expect(() => handler(args, v1(callerWith({ scopes: [scope] })))).toThrow('This needs the scope "files:write"');
    }
  });

  it('names what is needed, all of it whatever the nesting, and nothing of what the caller has', () => {
    const nested = requireScopes('mail:send')(
      requirePermission('admin')(requireScopes('files:write', 'mail:send')(deleteFile)),
    );
    const caller = callerWith({ scopes: ['secret:scope', 'mail:send'], permissions: ['secret:permission'] });
    const refusal = refusalOf(() => nested(args, v1(caller)));
    expect(refusal).toMatchObject({
      name: 'InsufficientScopeError',
      code: 'insufficient_scope',
      requiredScopes: ['mail:send', 'files:write'],
      message: 'This needs the scopes "mail:send" and "files:write"',
    });
    expect(JSON.stringify(refusal)).not.toContain('secret');
  });

  it('is refused at once for what is no scope', () => {
    expect(() => requireScopes(...([] as unknown as [string]))).toThrow(TypeError);
    expect(() => requireScopes('files:read files:write')).toThrow('each scope on its own');
    expect(() => requireScopes('a"b')).toThrow(TypeError);
    for (const require of [requireScopes, requirePermission, requireTenant]) {
      expect(() => require(['a'] as never)).toThrow(TypeError);
    }
    expect(() => requireScopes('a')({} as never)).toThrow('Only a function');
  });
});

describe('requirePermission and requireTenant', () => {
  const purge = requirePermission('admin:delete', 'admin:purge')(deleteFile);
  const acme = requireTenant('acme')(deleteFile);

  it('let in by all permissions, and by the tenant', () => {
    expect(purge(args, v1(callerWith({ permissions: ['admin:purge', 'admin:delete'] })))).toBe('alice deleted a.txt');
    expect(acme(args, v1(callerWith({ tenantId: 'acme' })))).toBe('alice deleted a.txt');
    const either = requireTenant((tenantId, caller) => tenantId !== 'umbrella' && caller.subject === 'alice');
    expect(either(deleteFile)(args, v1(callerWith({ tenantId: 'acme' })))).toBe('alice deleted a.txt');
    expect(() => either(deleteFile)(args, v1(callerWith({ tenantId: 'umbrella' })))).toThrow('not for your tenant');
  });

  it('refuse in plain words that tell nothing of the caller or of other tenants', () => {
    const caller = callerWith({ tenantId: 'umbrella', permissions: ['admin:delete'], scopes: ['admin:purge'] });
    expect(refusalOf(() => purge(args, v1(caller)))).toMatchObject({
      code: 'permission_denied',
      message: 'This needs the permissions "admin:delete" and "admin:purge"',
    });
    expect(refusalOf(() => acme(args, v1(caller)))).toMatchObject({
      code: 'tenant_mismatch',
      message: 'This is not for your tenant',
    });
  });

  it('refuse a caller of no tenant, and what is no answer', () => {
    const neverAsked = requireTenant(() => true)(deleteFile);
    expect(() => neverAsked(args, v1())).toThrow('not for your tenant');
    const late = requireTenant((async () => true) as never)(deleteFile);
    expect(() => late(args, v1(callerWith({ tenantId: 'acme' })))).toThrow('not for your tenant');
    expect(() => requireTenant('')).toThrow(TypeError);
    expect(() => requirePermission('')).toThrow(TypeError);
  });

  it('compose in any order', () => {
    const wrappers = [requireScopes('files:write'), requirePermission('admin'), requireTenant('acme'), withCaller];
    const caller = callerWith({ scopes: ['files'], permissions: ['admin'], tenantId: 'acme' });
    for (const order of [wrappers, [...wrappers].reverse()]) {
      const handler = order.reduce((inner, wrap) => wrap(inner), deleteFile);
      expect(handler(args, v1(caller))).toBe('alice deleted a.txt');
      expect(() => handler(args, v1({ ...caller, heldScopes: new Set() }))).toThrow('the scope "files:write"');
      expect(() => handler(args, v1({ ...caller, permissions: [] }))).toThrow('the permission "admin"');
      expect(() => handler(args, v1({ ...caller, tenantId: 'b' }))).toThrow('not for your tenant');
    }
  });
});

describe('a request without a caller', () => {
  const handlers = [requireScopes('a'), requirePermission('a'), requireTenant('a'), withCaller];

  it('is refused by every wrapper, with what is missing', () => {
    for (const wrap of handlers) {
      for (const extra of [{}, { http: {} }, undefined as unknown as Extra]) {
        expect(refusalOf(() => wrap(deleteFile)(args, extra))).toMatchObject({
          name: 'NotAuthenticatedError',
          reason: 'no_auth_info',
          message: expect.stringContaining('no guard stands before it'),
        });
      }
    }
  });

  it('TN-01 is not made one by the claims or arguments that a client brings', () => {
    const whole = callerWith({ scopes: ['a'], permissions: ['a'], tenantId: 'a' });
    const forged: unknown = JSON.parse(JSON.stringify({ ...whole, heldScopes: ['a'] }));
    const authInfo = { token: 't', clientId: 'c', scopes: ['a'], extra: { caller: forged, tenantId: 'a' } };
    for (const wrap of handlers) {
      expect(refusalOf(() => wrap(deleteFile)(args, { authInfo }))).toMatchObject({ reason: 'foreign_auth_info' });
      const inArguments = { ...args, authInfo: authInfoOf(callerWith({ scopes: ['a'] })) };
      expect(refusalOf(() => wrap(deleteFile)(inArguments, {}))).toMatchObject({ reason: 'no_auth_info' });
    }
  });

  it('keeps its caller through the copies that SDKs make, and not through JSON', () => {
    const caller = callerWith();
    const authInfo = authInfoOf(caller);
    const copy = { ...authInfo, resourceMetadataUrl: 'x', extra: { ...authInfo.extra } };
    expect(callerOfAuthInfo(copy)).toBe(caller);
    expect(callerOfAuthInfo(JSON.parse(JSON.stringify(authInfo)))).toBeUndefined();
    for (const other of [undefined, null, 'x', {}, { extra: null }, { extra: { caller: 'alice' } }]) {
      expect(callerOfAuthInfo(other as never)).toBeUndefined();
    }
  });
});

describe('the trail', () => {
  it('has one event for a refusal, and none for a call', () => {
    const events: RefusalDetails[] = [];
    const caller = callerWith({ scopes: ['files:write'], tenantId: 'acme' });
    recordRefusalsOf(caller, (event) => events.push(event));
    const handler = requireTenant('acme')(requirePermission('admin')(requireScopes('files:write')(deleteFile)));
    expect(() => handler(args, v1(caller))).toThrow();
    expect(events).toEqual([
      { reason: 'permission_denied', detail: 'refused inside the server, after the request was dispatched' },
    ]);
    requireScopes('files:read')(deleteFile)(args, v1(caller));
    expect(events).toHaveLength(1);
    expect(() => requireScopes('mail:send')(deleteFile)(args, v1(caller))).toThrow();
    expect(events[1]).toMatchObject({ reason: 'insufficient_scope', scopes: ['mail:send'] });
  });
});
