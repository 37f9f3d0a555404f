import { succeed } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import type { CustomIssuer } from '../issuers/trusted-issuer.js';
import { verifiedToken } from '../testing/verified-token.js';
import { bindToTenant } from './tenant-binding.js';

it('TN-01 binds what a host’s verifier says now, where it changes in place what it answered before', async () => {
  const kept = verifiedToken({ scopes: ['files'] }) as { scopes: string[]; tenantId?: string } & VerifiedAccessToken;
  const { verifier } = bindToTenant(
    { issuer: kept.issuer, verifier: { verify: () => succeed(kept) } },
    { tenantId: 'a', isShared: false, isOfAnotherTenant: () => false },
  ) as CustomIssuer;
  expect(await verifier.verify('t')).toMatchObject({ value: { tenantId: 'a', scopes: ['files'] } });
  kept.scopes = [];
  expect(await verifier.verify('t')).toMatchObject({ value: { tenantId: 'a', scopes: [] } });
  kept.tenantId = 'b';
  expect(await verifier.verify('t')).toMatchObject({ failure: { reason: 'wrong_tenant' } });
});
