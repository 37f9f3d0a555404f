import { isScopeToken } from '@portcullis/protocol';
import { type AnyHandler, guardHandler } from './guarded-handler.js';

/**
 * Wraps a handler of a tool, resource or prompt so that it runs only for callers that hold all of `scopes`, by name or
 * by what their scopes imply at this resource. The wrapped handler has the type of the handler, so the arguments it is
 * registered with stay inferred. Wrappers nest in any order.
 *
 * It is the last line: {@link guardTools} reads the scopes off the handler and lets the guard answer HTTP 403 before
 * the request is dispatched.
 *
 * @returns a wrapper whose handlers throw {@link InsufficientScopeError}, or {@link NotAuthenticatedError} where there is
 *   no caller
 * @throws {TypeError} without a scope, or for a text that is no scope-token (RFC 6749 §3.3)
 */
export function requireScopes(
  ...scopes: readonly [string, ...string[]]
): <Handler extends AnyHandler>(handler: Handler) => Handler {
  if (scopes.length === 0) throw new TypeError('requireScopes needs at least one scope');
  for (const scope of scopes) {
    if (typeof scope !== 'string' || !isScopeToken(scope)) {
      throw new TypeError(`${JSON.stringify(scope)} is no scope (RFC 6749 §3.3): give each scope on its own`);
    }
  }
  return (handler) => guardHandler(handler, { scopes });
}
