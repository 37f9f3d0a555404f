import type { AuditEventType, RequestContext, WholeResponse } from '@portcullis/ports';
import type { AuditDetails } from '../audit-trail.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { refusalResponse } from './client-response.js';

/**
 * Answers a client whose request nobody can judge now, since what it would be judged by is somebody else's and cannot be had: 503
 * with `Retry-After`, as where the store is away. For the trail it failed, and was not refused.
 */
export function outageResponse(
  core: Core,
  context: RequestContext,
  type: AuditEventType,
  retryAfterSeconds: number,
  details: AuditDetails & { readonly reason: RefusalReason },
): WholeResponse {
  core.trail.record(core.trail.event(context, type, 'failed', details));
  return refusalResponse(details.reason, { 'retry-after': String(retryAfterSeconds) });
}
