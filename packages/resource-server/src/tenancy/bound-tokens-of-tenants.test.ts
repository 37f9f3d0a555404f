import type { AuditEvent } from '@portcullis/ports';
import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { succeed } from '@portcullis/protocol';
import { beforeAll, expect, it } from 'vitest';
import type { DpopOptions } from '../possession/dpop-options.js';
import type { Admission } from '../resource/protected-resource.js';
import { verifiedToken } from '../testing/verified-token.js';
import { protectTenants } from './protect-tenants.js';

const issuer = 'https://as.test';
const resourceOf = (name: string): string => `https://mcp.test/t/${name}/mcp`;
let key: TestDpopKey;
beforeAll(async () => {
  key = await createTestDpopKey();
});

/** Tenants whose issuers know one bound token each, and how a call of it is decided. */
function setUp(dpop: DpopOptions = {}, ofTenant: DpopOptions = {}) {
  const events: AuditEvent[] = [];
  const tenants = protectTenants({
    resource: resourceOf('{tenant}'),
    dpop,
    tenant: (name) => ({
      dpop: ofTenant,
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
  async function admit(name: string, proof: string): Promise<Admission> {
    const rawHeaders = ['Authorization', 'DPoP at', 'DPoP', proof];
    return tenants.admit({ method: 'POST', target: `/t/${name}/mcp`, host: undefined, rawHeaders });
  }
  async function call(name: string, proof: string): Promise<string | undefined> {
    const { outcome } = await admit(name, proof);
    return outcome === 'admitted' ? outcome : events.at(-1)?.reason;
  }
  return { tenants, admit, call };
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

it('PD-03 takes no proof twice where a tenant has a memory of its own that is undefined', async () => {
  const { tenants, call } = setUp({ replayMemory: undefined } as never, { replayMemory: undefined } as never);
  const proof = await key.prove({ url: resourceOf('a'), accessToken: 'at' });
  expect(await call('a', proof)).toBe('admitted');
  tenants.forget('a');
  expect(await call('a', proof)).toBe('dpop_proof_replayed');
});

it('PD-05 has one nonce for all tenants of the origin, before and after one was forgotten', async () => {
  const { tenants, admit, call } = setUp({ requireNonce: true });
  const prove = (name: string, nonce?: string): Promise<string> =>
    key.prove({ url: resourceOf(name), accessToken: 'at', ...(nonce === undefined ? {} : { nonce }) });
  const asked = await admit('a', await prove('a'));
  const nonce = asked.outcome === 'answered' ? asked.response.headers['dpop-nonce'] : undefined;
  expect(await call('b', await prove('b', nonce))).toBe('admitted');
  tenants.forget('a');
  expect(await call('a', await prove('a', nonce))).toBe('admitted');
});
