import type { AuditEvent } from '@portcullis/ports';
import type { Caller } from '../caller.js';
import { InsufficientScopeError, type ToolRefusal, type ToolRefusalCode } from './refusals.js';

/** What the trail is told of a refusal inside the server, beside who was refused and when: `mcp.request_denied`. */
export interface RefusalDetails extends Pick<AuditEvent, 'target' | 'scopes'> {
  readonly reason: ToolRefusalCode;
  readonly detail: string;
}

const trails = new WeakMap<Caller, (details: RefusalDetails) => void>();

/**
 * Says where refusals of this caller are to be recorded: for whoever makes a `Caller` and knows the trail. It is kept
 * beside the caller and not in it, since a caller is what authors log and compare.
 *
 * @param record - writes one event. It does not throw
 */
export function recordRefusalsOf(caller: Caller, record: (details: RefusalDetails) => void): void {
  trails.set(caller, record);
}

/** Records a refusal inside the server, where a trail is known. */
export function recordRefusal(caller: Caller, refusal: ToolRefusal, target: string | undefined): void {
  trails.get(caller)?.({
    reason: refusal.code,
    ...(refusal instanceof InsufficientScopeError ? { scopes: refusal.requiredScopes } : {}),
    ...(target === undefined ? {} : { target }),
    // Tells an operator that no guard, or one that did not know the tool's scopes, let the request in.
    detail: 'refused inside the server, after the request was dispatched',
  });
}
