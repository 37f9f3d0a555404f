import { type AnyHandler, guardHandler } from './guarded-handler.js';
import { PermissionDeniedError } from './refusals.js';

/**
 * Wraps a handler so that it runs only for callers whose provider gave their subject all of `permissions` (Auth0's
 * `permissions`, roles elsewhere: the preset of the provider says which). Names are compared exactly, and imply nothing.
 * A permission is not asked for like a scope: no step-up would bring it, so the refusal is a result of the tool.
 *
 * @returns a wrapper whose handlers throw {@link PermissionDeniedError}, or {@link NotAuthenticatedError} where there is
 *   no caller
 * @throws {TypeError} without a permission, or for an empty one
 */
export function requirePermission(
  ...permissions: readonly [string, ...string[]]
): <Handler extends AnyHandler>(handler: Handler) => Handler {
  if (permissions.length === 0 || permissions.some((one) => typeof one !== 'string' || one === '')) {
    throw new TypeError(
      'requirePermission needs at least one permission, each a text of its own, and none may be empty',
    );
  }
  return (handler) =>
    guardHandler(handler, {
      refuse: (caller) =>
        permissions.every((permission) => caller.permissions.includes(permission))
          ? undefined
          : new PermissionDeniedError(permissions),
    });
}
