import { describe, expect, it } from 'vitest';
import type { Caller } from '../caller.js';
import { verifiedToken } from '../testing/verified-token.js';
import { KnownCallers } from './known-callers.js';
import { resolveSettings } from './settings.js';

const settings = resolveSettings({
  resource: 'https://gw.test/mcp',
  authorizationServers: ['https://as.test'],
  scopes: [{ name: 'files', implies: ['files:read'] }, 'files:read'],
});

describe('KnownCallers', () => {
  it('gives all requests of a token one caller, to whom no handler can add anything', () => {
    const accessToken = verifiedToken({
      scopes: ['files'],
      permissions: ['read'],
      groups: ['staff'],
      claims: { realm_access: { roles: ['user'] } },
    });
    const callers = new KnownCallers(settings, 'https://gw.test/.well-known/x', () => undefined);
    const { caller } = callers.of(accessToken);
    const heldScopes = caller.heldScopes as Set<string>;
    const claims = caller.claims as { realm_access?: { roles: string[] } };
    const changes: readonly (() => unknown)[] = [
      () => heldScopes.add('admin'),
      () => heldScopes.delete('files'),
      () => heldScopes.clear(),
      () => (caller.scopes as string[]).push('admin'),
      () => (caller.permissions as string[]).push('admin'),
      () => (caller.groups as string[]).push('admin'),
      () => claims.realm_access?.roles.push('admin'),
      () => Object.assign(claims, { admin: true }),
      () => Object.assign(caller, { subject: 'root' }),
    ];
    for (const change of changes) expect(change).toThrow(TypeError);
    const again: Caller = callers.of(accessToken).caller;
    expect(again).toBe(caller);
    expect([...again.heldScopes, ...again.permissions, ...(again.groups ?? [])]).toEqual([
      'files',
      'files:read',
      'read',
      'staff',
    ]);
    expect(again.claims).toEqual({ realm_access: { roles: ['user'] } });
  });
});
