import type { AuditEvent, AuditEventType, AuditOutcome, AuditSink, Clock, RequestContext } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';

/** What an event may say beyond what every event says. */
export type AuditDetails = Omit<
  AuditEvent,
  'type' | 'outcome' | 'tenantId' | 'occurredAtEpochSeconds' | 'correlationId' | 'network'
>;

/** Writes events with what they have in common. */
export interface AuditTrail {
  /** Builds an event without recording it: for the storage acts that write it with what they do. */
  event(
    context: RequestContext | undefined,
    type: AuditEventType,
    outcome: AuditOutcome,
    details: AuditDetails,
  ): AuditEvent;
  record(event: AuditEvent): void;
  /** Builds and records a refusal. */
  refused(context: RequestContext, type: AuditEventType, details: AuditDetails & { readonly reason: string }): void;
}

/** The trail of one tenant. */
export function createAuditTrail(sink: AuditSink, clock: Clock, tenantId: TenantId): AuditTrail {
  const trail: AuditTrail = {
    event: (context, type, outcome, details) => ({
      ...details,
      type,
      outcome,
      tenantId,
      occurredAtEpochSeconds: clock.nowEpochSeconds(),
      ...(context === undefined ? {} : { correlationId: context.correlationId, network: context.network }),
    }),
    record: (event) => sink.record(event),
    refused: (context, type, details) => sink.record(trail.event(context, type, 'refused', details)),
  };
  return trail;
}
