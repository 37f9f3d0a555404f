import { type AnyHandler, guardHandler } from './guarded-handler.js';

/**
 * Wraps a handler so that {@link currentCaller} works in it and in all that it calls. Asks nothing of the caller but to
 * be known.
 *
 * @returns the handler, which throws {@link NotAuthenticatedError} where there is no caller
 */
export function withCaller<Handler extends AnyHandler>(handler: Handler): Handler {
  return guardHandler(handler);
}
