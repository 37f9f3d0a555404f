import type { RequestContext, WholeResponse } from '@portcullis/ports';
import type { Core } from '../core.js';
import type { LimitReached } from '../rate-limits.js';
import { refusalResponse } from './client-response.js';

/** Answers a client that a limit is used up: 429 with `Retry-After` (RFC 6585 §4). The trail learns which. */
export function limitedResponse(
  core: Core,
  context: RequestContext,
  { reason, rule, retryAfterSeconds }: LimitReached,
  clientId?: string,
): WholeResponse {
  core.trail.refused(context, 'rate_limit.exceeded', {
    reason,
    rule,
    ...(clientId === undefined ? {} : { clientId }),
  });
  return refusalResponse(reason, { 'retry-after': String(retryAfterSeconds) });
}
