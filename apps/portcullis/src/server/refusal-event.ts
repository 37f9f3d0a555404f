import type { AuditSink, Platform, RequestContext } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';

/** Where the refusal of a request is recorded. */
export interface RefusalPorts {
  readonly platform: Pick<Platform, 'clock'>;
  readonly audit: AuditSink;
}

/**
 * Records `request.refused`: what was refused before any tenant is known.
 *
 * @param httpStatus - undefined where nothing could be answered
 */
export function recordRefusal(
  { platform, audit }: RefusalPorts,
  { network, correlationId }: RequestContext,
  reason: string,
  httpStatus: number | undefined,
): void {
  audit.record({
    type: 'request.refused',
    outcome: 'refused',
    tenantId: DEFAULT_TENANT,
    occurredAtEpochSeconds: platform.clock.nowEpochSeconds(),
    network,
    correlationId,
    reason,
    ...(httpStatus === undefined ? {} : { httpStatus }),
  });
}
