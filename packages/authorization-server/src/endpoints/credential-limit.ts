import type { RateLimitRule, RequestContext, WholeResponse } from '@portcullis/ports';
import type { Core } from '../core.js';
import { refusalResponse } from './client-response.js';

/** Takes one point of `rule` for whatever was presented; the answer where none is left. The limiter sees its hash alone. */
export async function checkCredentialLimit(
  core: Core,
  context: RequestContext,
  rule: RateLimitRule,
  presented: string,
): Promise<WholeResponse | undefined> {
  const key = `${core.settings.tenantId}:${core.ports.platform.hash(presented)}`;
  const decision = await core.ports.rateLimiter.consume(rule, key);
  if (decision.allowed) return undefined;
  core.trail.refused(context, 'rate_limit.exceeded', { reason: 'rate_limited', rule: rule.name });
  return refusalResponse('rate_limited', { 'retry-after': String(decision.retryAfterSeconds) });
}
