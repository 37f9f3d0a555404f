import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { callerOfAuthInfo } from '../adapters/auth-info.js';
import { scopesToAskFor } from '../resource/needed-scopes.js';

/** The `scopeChallenge` of a registration with SDK v2, in the shape that the SDK calls it. */
export type ScopeChallengeHandler = (context: {
  request: { readonly params?: unknown };
  authInfo?: unknown;
}) => ScopeChallenge | undefined | Promise<ScopeChallenge | undefined>;

/** What SDK v2 makes an HTTP 403 of. */
export interface ScopeChallenge {
  scopes: readonly [string, ...string[]];
  errorDescription?: string;
}

/** Where a request of revision 2026-07-28 and later names its revision. */
const REVISION_MEMBER = 'io.modelcontextprotocol/protocolVersion';

/**
 * Lets SDK v2 itself answer 403 where a request reached it past a guard that does not read bodies. Unlike the SDK's own
 * `requireScopes` it knows what scopes imply. Clients of revisions before 2026-07-28 replace what they hold by what a
 * challenge names, so theirs names what the token has as well. Without a caller it says nothing: the handler refuses.
 */
export function challengeForScopes(
  scopes: readonly string[],
  otherwise: ScopeChallengeHandler | undefined,
): ScopeChallengeHandler {
  return (context) => {
    const caller = callerOfAuthInfo(context.authInfo as Parameters<typeof callerOfAuthInfo>[0]);
    if (caller === undefined || scopes.every((scope) => caller.heldScopes.has(scope))) return otherwise?.(context);
    // SDK v2 answers 500 to a challenge with a scope that is none: those are left out.
    const toAskFor = scopesToAskFor(scopes, caller.scopes, revisionOf(context.request.params));
    return { scopes: toAskFor as [string, ...string[]] };
  };
}

/** No headers are at hand here. Requests of 2026-07-28 and later name their revision in themselves as well. */
function revisionOf(params: unknown): JsonValue | undefined {
  const meta = (params as JsonObject | undefined)?.['_meta'];
  if (typeof meta !== 'object' || meta === null || !Object.hasOwn(meta, REVISION_MEMBER)) return undefined;
  return (meta as JsonObject)[REVISION_MEMBER];
}
