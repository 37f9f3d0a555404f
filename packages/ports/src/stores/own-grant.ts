import type { TenantId } from '@portcullis/protocol';
import type { Grant, StoredRefreshToken } from './grants.js';

/** What a grant has to agree with: the code that it is for, or the user. Null where nothing was decided yet. */
type Owner = { readonly grantId: string | null } | { readonly tenantId: TenantId; readonly subject: string };

/**
 * For every adapter: holds what a store is to write against what it is written for. The caller put it together from the same code or assertion, so
 * nothing but a mistake of its own can differ: it throws, and the transaction writes nothing.
 *
 * @param tenantId - whose rows are written
 * @param refreshToken - the first one of the grant, where it has any
 */
export function requireOwnGrant(
  tenantId: TenantId,
  owner: Owner,
  grant: Grant,
  refreshToken?: StoredRefreshToken,
): void {
  const isOfOwner =
    'grantId' in owner
      ? grant.grantId === owner.grantId
      : grant.tenantId === owner.tenantId && grant.subject === owner.subject;
  if (grant.tenantId !== tenantId || !isOfOwner) throw new Error('Not the grant that this is for');
  if (refreshToken !== undefined && refreshToken.grantId !== grant.grantId) {
    throw new Error('Not a refresh token of this grant');
  }
}
