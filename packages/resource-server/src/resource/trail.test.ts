import type { AuditEvent } from '@portcullis/ports';
import { succeed } from '@portcullis/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import { protectTenants } from '../tenancy/protect-tenants.js';
import { verifiedToken } from '../testing/verified-token.js';
import type { ProtectResourceOptions } from './options.js';
import { protectResource } from './protect-resource.js';

const issuer = 'https://as.test';
const resource = 'https://gw.test/mcp';

function guarded(token: Partial<VerifiedAccessToken>, options: Partial<ProtectResourceOptions>) {
  const verifier = { verify: () => succeed(verifiedToken({ issuer, resource, ...token })) };
  return protectResource({ resource, authorizationServers: [{ issuer, verifier }], ...options });
}

const withoutToken = { method: 'POST', target: '/mcp', host: 'gw.test', rawHeaders: [] };

describe('the trail of a resource', () => {
  it.each<[string, (error: Error) => unknown]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['rejects later', (error) => Promise.reject(error)],
  ])('goes on when a sink %s, lets nobody in by it, and tells the host', async (_, fail) => {
    const full = new Error('full');
    const onFault = vi.fn();
    const failing = guarded({}, { audit: { record: () => fail(full) as undefined }, onFault });
    const admission = await failing.admit({ ...withoutToken, correlationId: 'c1' });
    expect(admission).toMatchObject({ outcome: 'answered', response: { status: 401 } });
    await vi.waitFor(() => expect(onFault).toHaveBeenCalledExactlyOnceWith(full, 'c1'));
  });

  it('outlives an async onFault and an async onWarning that reject', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const faults: unknown[] = [];
    const weak = {
      issuer,
      rules: {
        preset: 'cognito',
        algorithms: ['RS256'],
        types: [undefined],
        recipientProof: 'resource_scopes' as const,
        readClaims: () => ({ ok: false as const, failure: { reason: 'malformed' as const } }),
      },
      verification: { method: 'signature' as const },
    };
    const rejects = (error: unknown): undefined => {
      faults.push(error);
      return Promise.reject(error) as unknown as undefined;
    };
    const guard = guarded({}, { authorizationServers: [weak], onWarning: rejects, onFault: rejects });
    await guard.admit({ ...withoutToken, rawHeaders: ['authorization', 'Bearer t'] });
    const tenants = protectTenants({
      resource: 'https://gw.test/t/{tenant}/mcp',
      tenant: () => Promise.reject(new Error('no directory')),
      onFault: rejects,
    });
    await tenants.admit({ ...withoutToken, target: '/t/a/mcp' });
    // Rejections that nobody took are told of once the microtasks are through.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(faults).toEqual([
      expect.stringContaining('cognito'),
      expect.stringContaining('cognito'),
      new Error('no directory'),
    ]);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('says who issued the token, and takes no provider’s word for whose trail it is', async () => {
    const events: AuditEvent[] = [];
    const audit = { record: (event: AuditEvent) => void events.push(event) };
    const token = { tenantId: 'acme', subject: 'usr_1' };
    await guarded(token, { audit, requiredScopes: ['x'] }).admitToken('t');
    await guarded(token, { audit, requiredScopes: ['x'], tenantId: 'acme' }).admitToken('t');
    await guarded(token, { audit }).admit(withoutToken);
    expect(events.map((event) => [event.tenantId, event.issuer, event.subject])).toEqual([
      ['default', issuer, 'usr_1'],
      ['acme', issuer, 'usr_1'],
      ['default', undefined, undefined],
    ]);
  });
});
