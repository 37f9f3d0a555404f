import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authInfoOf, callerWith } from '../tools/testing/test-callers.js';
import { withCaller } from '../tools/with-caller.js';
import { createTenantScopes } from './tenant-scope.js';

const secret = 'a secret of the test that is long enough';
const { forTenant } = createTenantScopes({ secret });
const a = { issuer: 'https://as.test', tenantId: 'a' };
const others = [
  { issuer: 'https://as.test', tenantId: 'b' },
  { issuer: 'https://other.test', tenantId: 'a' },
  { issuer: 'https://as.test', tenantId: undefined },
  { issuer: 'https://as.test', tenantId: 'null' },
  { issuer: 'https://as.test","a', tenantId: undefined },
];

describe('keys', () => {
  it("TN-01 of one tenant are nobody else's, whatever the parts", () => {
    const tenant = fc.record({
      issuer: fc.constantFrom('i', 'i","a', ''),
      tenantId: fc.option(fc.constantFrom('a', 'null', ''), { nil: undefined }),
    });
    const parts = fc.array(fc.oneof(fc.constantFrom('a', '","', '",null,"', '\\', 'null', '\ud800'), fc.string()), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(tenant, parts, tenant, parts, (one, oneParts, other, otherParts) => {
        const isSame =
          JSON.stringify([one.issuer, one.tenantId ?? null, oneParts]) ===
          JSON.stringify([other.issuer, other.tenantId ?? null, otherParts]);
        expect(forTenant(one).key(...oneParts) === forTenant(other).key(...otherParts)).toBe(isSame);
      }),
    );
  });

  it("are the current caller's inside a handler, and nobody's outside", () => {
    const handler = withCaller((_extra: object) => forTenant().key('x'));
    expect(handler({ authInfo: authInfoOf(callerWith(a)) })).toBe(forTenant(a).key('x'));
    expect(() => forTenant()).toThrow('outside a handler');
  });
});

describe('handles', () => {
  it('TN-01 open for their own tenant, on every replica, and for no other', async () => {
    const handle = await forTenant(a).sealHandle('page 2 of ünïcödé');
    expect(handle).toMatch(/^[A-Za-z0-9_-]+$/);
    const replica = createTenantScopes({ secret: new TextEncoder().encode(secret) });
    expect(await replica.forTenant({ ...a }).openHandle(handle)).toBe('page 2 of ünïcödé');
    for (const other of others) expect(await forTenant(other).openHandle(handle)).toBeUndefined();
    const stranger = createTenantScopes({ secret: secret.toUpperCase() });
    expect(await stranger.forTenant(a).openHandle(handle)).toBeUndefined();
  });

  it('do not open where they were changed, cut or made up', async () => {
    const handle = await forTenant(a).sealHandle('state');
    const changed = `${handle.slice(0, 20)}${handle[20] === 'A' ? 'B' : 'A'}${handle.slice(21)}`;
    const made = [
      '',
      'A',
      changed,
      handle.slice(0, -4),
      `${handle}AAAA`,
      'ä',
      'A'.repeat(70_000),
      7 as never,
      null as never,
    ];
    for (const text of made) expect(await forTenant(a).openHandle(text)).toBeUndefined();
    expect(await forTenant(a).sealHandle('state')).not.toBe(handle);
  });

  it('hold 16384 characters of any kind, and no more', async () => {
    const longest = '€'.repeat(16_384);
    expect(await forTenant(a).openHandle(await forTenant(a).sealHandle(longest))).toBe(longest);
    await expect(forTenant(a).sealHandle(`${longest}x`)).rejects.toThrow(RangeError);
  });

  it('need a secret that nobody guesses', () => {
    expect(() => createTenantScopes({ secret: 'x'.repeat(31) })).toThrow('at least 32 bytes');
    expect(() => createTenantScopes({ secret: new Uint8Array(16) })).toThrow(TypeError);
  });
});
