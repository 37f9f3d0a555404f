/** Why a call was refused inside a server. */
export type ToolRefusalCode = 'not_authenticated' | 'insufficient_scope' | 'permission_denied' | 'tenant_mismatch';

/**
 * A call that was refused by what stands around its handler. Both SDKs send the message on: of a tool as a result with
 * `isError`, of a resource or prompt as a JSON-RPC error. So it says what is needed, and never what the caller has.
 */
export abstract class ToolRefusal extends Error {
  abstract readonly code: ToolRefusalCode;
}

/** Why there is no caller. */
export type NoCallerReason = 'no_auth_info' | 'foreign_auth_info';

const NO_CALLER: Readonly<Record<NoCallerReason, string>> = {
  no_auth_info:
    'This needs a caller who is known, and the request came with none: the server runs over stdio, or no guard stands before it',
  foreign_auth_info:
    'This needs a caller who was verified here: the authInfo of the request was made by another verifier',
};

/**
 * Nobody is known to have called. `no_auth_info`: the request carries no `authInfo`; put the server behind a guard
 * (`protectResource` and one of its adapters). `foreign_auth_info`: it carries one that another verifier made. A caller
 * is not put together from that: who issued the token, for which tenant, and whether it was meant for this server at all
 * is not in it.
 */
export class NotAuthenticatedError extends ToolRefusal {
  override readonly name = 'NotAuthenticatedError';
  readonly code = 'not_authenticated';

  constructor(readonly reason: NoCallerReason) {
    super(NO_CALLER[reason]);
  }
}

/** The token lacks a scope. Names all that the handler needs, so that one step-up is enough. */
export class InsufficientScopeError extends ToolRefusal {
  override readonly name = 'InsufficientScopeError';
  readonly code = 'insufficient_scope';

  constructor(readonly requiredScopes: readonly string[]) {
    super(`This needs the ${nameAll('scope', requiredScopes)}`);
  }
}

/** The provider did not give the subject a permission. No other token of the same subject would help. */
export class PermissionDeniedError extends ToolRefusal {
  override readonly name = 'PermissionDeniedError';
  readonly code = 'permission_denied';

  constructor(readonly requiredPermissions: readonly string[]) {
    super(`This needs the ${nameAll('permission', requiredPermissions)}`);
  }
}

/** The caller's tenant is not one that this is for. Names none. */
export class TenantMismatchError extends ToolRefusal {
  override readonly name = 'TenantMismatchError';
  readonly code = 'tenant_mismatch';

  constructor() {
    super('This is not for your tenant');
  }
}

function nameAll(word: string, names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.at(-1) ?? '';
  return quoted.length < 2 ? `${word} ${last}` : `${word}s ${quoted.slice(0, -1).join(', ')} and ${last}`;
}
