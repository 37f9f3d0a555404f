import type { GuardedResource } from '../resource/protected-resource.js';

/**
 * Holds what a guard is given against what it has to be, before the first request comes to it.
 *
 * @param whose - the guard, for the message
 * @throws {TypeError} when it is neither a resource nor the resources of tenants
 */
export function checkGuarded(whose: string, resource: GuardedResource): void {
  if (typeof resource?.admit === 'function' && typeof resource.covers === 'function') return;
  throw new TypeError(
    `${whose} takes what protectResource(…) or protectTenants(…) returned, and was given something else`,
  );
}
