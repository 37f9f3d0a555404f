import { callerOfAuthInfo } from '../adapters/auth-info.js';
import type { Caller } from '../caller.js';
import { NotAuthenticatedError } from './refusals.js';

/** What is used of `AsyncLocalStorage`, which Node, Bun, Deno and workers have under two different roofs. */
interface CallerStorage {
  run<Value>(caller: Caller, act: () => Value): Value;
  getStore(): Caller | undefined;
}

type CallerStorageClass = new () => CallerStorage;

/** Looked for once, when first needed: an import would bind this room to one platform. */
let storage: CallerStorage | undefined;
let isLookedFor = false;

function findStorage(): CallerStorage | undefined {
  if (isLookedFor) return storage;
  isLookedFor = true;
  const platform = globalThis as {
    AsyncLocalStorage?: CallerStorageClass;
    process?: { getBuiltinModule?: (id: string) => { AsyncLocalStorage?: CallerStorageClass } | undefined };
  };
  const found =
    platform.AsyncLocalStorage ?? platform.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
  storage = found === undefined ? undefined : new found();
  return storage;
}

/** Runs a handler so that {@link currentCaller} finds its caller, also after what it awaits. */
export function runAs<Value>(caller: Caller, act: () => Value): Value {
  const found = findStorage();
  return found === undefined ? act() : found.run(caller, act);
}

/**
 * The caller that the context of one message tells: `extra` of SDK v1, `ctx` of SDK v2.
 *
 * @throws {NotAuthenticatedError} where it tells none, or one that was not verified here
 */
export function callerOfContext(context: unknown): Caller {
  const { authInfo, http } = (context ?? {}) as { authInfo?: unknown; http?: { authInfo?: unknown } };
  const told = authInfo ?? http?.authInfo;
  if (told === undefined || told === null) throw new NotAuthenticatedError('no_auth_info');
  const caller = callerOfAuthInfo(told as Parameters<typeof callerOfAuthInfo>[0]);
  if (caller === undefined) throw new NotAuthenticatedError('foreign_auth_info');
  return caller;
}

/**
 * Who calls, inside a handler that is wrapped by `requireScopes`, `requirePermission`, `requireTenant` or `withCaller`.
 * It is the caller of the very message that is handled, whoever opened the connection or session. With the handler's
 * last argument (`extra` of SDK v1, `ctx` of SDK v2) it works in any handler, and on platforms without
 * `AsyncLocalStorage`. Its `proofKey` tells whether the caller proved to hold a key (RFC 9449), and which: the proof is of
 * this very message's request.
 *
 * @throws {NotAuthenticatedError} where the context given tells no caller that was verified here
 * @throws {TypeError} without a context, outside a wrapped handler
 */
export function currentCaller(context?: object): Caller {
  if (context !== undefined) return callerOfContext(context);
  const found = findStorage();
  const caller = found?.getStore();
  if (caller !== undefined) return caller;
  throw new TypeError(
    found === undefined
      ? 'This platform has no AsyncLocalStorage: give currentCaller() the last argument of your handler'
      : 'currentCaller() was called outside a handler that requireScopes, requirePermission, requireTenant or withCaller wraps: wrap it, or give currentCaller() the last argument of your handler',
  );
}
