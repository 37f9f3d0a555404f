import { describe, expect, it } from 'vitest';
import type { Grant } from './grants.js';
import { requireOwnGrant } from './own-grant.js';

const grant: Grant = {
  tenantId: 'default',
  grantId: 'grant-1',
  subject: 'alice',
  clientId: 'client-1',
  resource: 'https://files.test/mcp',
  scopes: ['files:read'],
  clientAuthMethod: 'none',
  authenticatedAtEpochSeconds: 1,
  createdAtEpochSeconds: 1,
  expiresAtEpochSeconds: 2,
};
const refreshToken = { tokenHash: 'hash', grantId: 'grant-1', expiresAtEpochSeconds: 2 };

describe('requireOwnGrant', () => {
  it('passes what belongs together', () => {
    expect(() => requireOwnGrant('default', { grantId: 'grant-1' }, grant, refreshToken)).not.toThrow();
    expect(() => requireOwnGrant('default', { tenantId: 'default', subject: 'alice' }, grant)).not.toThrow();
  });

  it.each([
    ['of another id', 'default', { grantId: 'grant-2' }],
    ['of a code that nobody approved', 'default', { grantId: null }],
    ['of another user', 'default', { tenantId: 'default', subject: 'bob' }],
    ['of a user of another tenant', 'default', { tenantId: 'other', subject: 'alice' }],
    ['of another tenant', 'other', { grantId: 'grant-1' }],
    ['of another tenant, as its user is not', 'other', { tenantId: 'default', subject: 'alice' }],
  ])('refuses a grant %s', (_title, tenantId, owner) => {
    expect(() => requireOwnGrant(tenantId, owner, grant)).toThrow('Not the grant that this is for');
  });

  it('refuses the refresh token of another grant', () => {
    const other = { ...refreshToken, grantId: 'grant-2' };
    expect(() => requireOwnGrant('default', { grantId: 'grant-1' }, grant, other)).toThrow('Not a refresh token');
  });
});
