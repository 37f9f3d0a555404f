import type { AuditEvent } from '@portcullis/ports';
import { succeed } from '@portcullis/protocol';
import { beforeAll, expect, it } from 'vitest';
import { createTestDpopKey, type TestDpopKey } from '../testing/dpop-key.js';
import { verifiedToken } from '../testing/verified-token.js';
import { protectTenants } from './protect-tenants.js';

const issuer = 'https://as.test';
const resourceOf = (name: string): string => `https://mcp.test/t/${name}/mcp`;
let key: TestDpopKey;
beforeAll(async () => {
  key = await createTestDpopKey();
});

/** Tenants whose issuers know one bound token each, and how a call of it is decided. */
function setUp() {
  const events: AuditEvent[] = [];
  const tenants = protectTenants({
    resource: resourceOf('{tenant}'),
    tenant: (name) => ({
      authorizationServers: [
        {
          issuer,
          verifier: {
            verify: () => succeed(verifiedToken({ issuer, resource: resourceOf(name), proofKey: key.thumbprint })),
          },
        },
      ],
    }),
    audit: { record: (event) => void events.push(event) },
  });
  async function call(name: string, proof: string): Promise<string | undefined> {
    const rawHeaders = ['Authorization', 'DPoP at', 'DPoP', proof];
    const { outcome } = await tenants.admit({ method: 'POST', target: `/t/${name}/mcp`, host: undefined, rawHeaders });
    return outcome === 'admitted' ? outcome : events.at(-1)?.reason;
  }
  return { tenants, call };
}

it('PD-03 takes no proof twice, also where the tenant was forgotten and made ready anew in between', async () => {
  const { tenants, call } = setUp();
  const proof = await key.prove({ url: resourceOf('a'), accessToken: 'at' });
  expect(await call('a', proof)).toBe('admitted');
  tenants.forget('a');
  expect(await call('a', proof)).toBe('dpop_proof_replayed');
});

it('PD-04 takes no proof that was made for another tenant’s resource', async () => {
  const { call } = setUp();
  const proof = await key.prove({ url: resourceOf('a'), accessToken: 'at' });
  expect(await call('b', proof)).toBe('dpop_proof_url_mismatch');
  expect(await call('a', proof)).toBe('admitted');
});
