import type { AuditEvent } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { Caller } from '../caller.js';
import { InsufficientScopeError, type ToolRefusal } from './refusals.js';

/** An event whose time is for whoever records it. */
export type UndatedAuditEvent = Omit<AuditEvent, 'occurredAtEpochSeconds'>;

const trails = new WeakMap<Caller, (event: UndatedAuditEvent) => void>();

/**
 * Says where refusals of this caller are to be recorded: for whoever makes a `Caller` and knows the trail. It is kept
 * beside the caller and not in it, since a caller is what authors log and compare.
 */
export function recordRefusalsOf(caller: Caller, record: (event: UndatedAuditEvent) => void): void {
  trails.set(caller, record);
}

/** One event for a refusal inside the server, where a trail is known. */
export function recordRefusal(caller: Caller, refusal: ToolRefusal, target: string | undefined): void {
  trails.get(caller)?.({
    type: 'mcp.request_denied',
    outcome: 'refused',
    reason: refusal.code,
    tenantId: caller.tenantId ?? DEFAULT_TENANT,
    clientId: caller.clientId,
    subject: caller.subject,
    resource: caller.resource,
    ...(caller.grantId === undefined ? {} : { grantId: caller.grantId }),
    ...(caller.accessTokenId === undefined ? {} : { accessTokenId: caller.accessTokenId }),
    ...(refusal instanceof InsufficientScopeError ? { scopes: refusal.requiredScopes } : {}),
    ...(target === undefined ? {} : { target }),
    // Tells an operator that no guard, or one that did not know the tool's scopes, let the request in.
    detail: 'refused inside the server, after the request was dispatched',
  });
}
