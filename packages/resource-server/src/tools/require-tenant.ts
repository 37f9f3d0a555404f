import type { TenantId } from '@portcullis/protocol';
import type { Caller } from '../caller.js';
import { type AnyHandler, guardHandler } from './guarded-handler.js';
import { TenantMismatchError } from './refusals.js';

/**
 * Wraps a handler so that it runs only for callers of one tenant, or of those for which the function says `true`. A
 * caller whose token tells no tenant is of none of them, and the function is not asked.
 *
 * @returns a wrapper whose handlers throw {@link TenantMismatchError}, or {@link NotAuthenticatedError} where there is no
 *   caller
 * @throws {TypeError} for an empty name
 */
export function requireTenant(
  tenant: TenantId | ((tenantId: TenantId, caller: Caller) => boolean),
): <Handler extends AnyHandler>(handler: Handler) => Handler {
  if (!tenant || (typeof tenant !== 'string' && typeof tenant !== 'function'))
    throw new TypeError('requireTenant needs the name of a tenant, or a function that decides');
  const accepts = typeof tenant === 'function' ? tenant : (tenantId: TenantId) => tenantId === tenant;
  return (handler) =>
    guardHandler(handler, {
      refuse: (caller) =>
        // Exactly true: a promise, out of a function that should not have been async, is no answer.
        caller.tenantId !== undefined && accepts(caller.tenantId, caller) === true
          ? undefined
          : new TenantMismatchError(),
    });
}
