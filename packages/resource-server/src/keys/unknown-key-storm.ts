import type { AuditEvent, AuditSink, Clock } from '@portcullis/ports';
import type { Issuer, TenantId } from '@portcullis/protocol';

/** What {@link recordUnknownKeyStorm} tells, and to whom. */
export interface UnknownKeyStorm {
  readonly audit: AuditSink;
  readonly clock: Clock;
  /** The tenant whose trail it belongs to. */
  readonly tenantId: TenantId;
  /** Whose keys the tokens claim to be signed with. */
  readonly issuer: Issuer;
}

/** Records that more tokens name keys their issuer does not have than chance would bring: one event for each storm. */
export function recordUnknownKeyStorm({ audit, clock, tenantId, issuer }: UnknownKeyStorm): void {
  const event: AuditEvent = {
    type: 'keys.unknown_kid_storm',
    outcome: 'refused',
    tenantId,
    occurredAtEpochSeconds: clock.nowEpochSeconds(),
    reason: 'unknown_key',
    detail: issuer,
  };
  audit.record(event);
}
