import type { Caller } from '../caller.js';
import { callerOfContext, runAs } from './current-caller.js';
import { recordRefusal } from './refusal-trail.js';
import { InsufficientScopeError, type ToolRefusal } from './refusals.js';

/**
 * A handler of a tool, resource or prompt, in any form that SDK v1 and v2 take: its last argument is the context of the
 * message (`extra`, `ctx`).
 */
export type AnyHandler = (...parameters: never[]) => unknown;

/** Something that a handler asks of its caller. */
export interface CallerCheck {
  /** Scopes that are needed. Those of all checks around one handler are decided together. */
  readonly scopes?: readonly string[];
  /** The refusal, or undefined where the caller may go on. */
  readonly refuse?: (caller: Caller) => ToolRefusal | undefined;
}

interface GuardedHandler {
  readonly handler: AnyHandler;
  readonly checks: readonly CallerCheck[];
  readonly scopes: readonly string[];
}

const guarded = new WeakMap<AnyHandler, GuardedHandler>();

/** The scopes that a handler needs by what wraps it; empty for one that nothing wraps. */
export function requiredScopesOf(handler: AnyHandler): readonly string[] {
  return guarded.get(handler)?.scopes ?? [];
}

/** The same handler, refusals of which name what it is registered under. One that nothing wraps stays as it is. */
export function nameHandler(handler: AnyHandler, name: string): AnyHandler {
  return guarded.has(handler) ? guardHandler(handler, undefined, name) : handler;
}

/**
 * Wraps a handler in one more check; the outermost is asked first. Scopes come before everything else and are refused
 * all at once, however many wrappers name them: a client that steps up for one after the other asks its user each time.
 * The caller is taken from the last argument, at every call: a connection may carry messages of several callers.
 *
 * @param target - the name it is registered under, for the trail
 * @throws {TypeError} where `handler` is no function
 */
export function guardHandler<Handler extends AnyHandler>(
  handler: Handler,
  check?: CallerCheck,
  target?: string,
): Handler {
  if (typeof handler !== 'function') throw new TypeError('Only a function can be wrapped: give the handler itself');
  const inner: Omit<GuardedHandler, 'scopes'> = guarded.get(handler) ?? { handler, checks: [] };
  const checks = check === undefined ? inner.checks : [check, ...inner.checks];
  const scopes = [...new Set(checks.flatMap((one) => one.scopes ?? []))];

  function findRefusal(caller: Caller): ToolRefusal | undefined {
    if (!scopes.every((scope) => caller.heldScopes.has(scope))) return new InsufficientScopeError(scopes);
    for (const one of checks) {
      const refusal = one.refuse?.(caller);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  const wrapped: AnyHandler = (...parameters) => {
    const caller = callerOfContext(parameters.at(-1));
    const refusal = findRefusal(caller);
    if (refusal === undefined) return runAs(caller, () => inner.handler(...parameters));
    recordRefusal(caller, refusal, target);
    throw refusal;
  };
  guarded.set(wrapped, { handler: inner.handler, checks, scopes });
  return wrapped as Handler;
}
