import type { RateLimitDecision, RateLimitRule } from '@portcullis/ports';
import type { AuthorizationServerPorts } from './options.js';
import type { Settings } from './settings.js';

/** What is counted with: a {@link Core} is enough. */
export interface CountedBy {
  readonly ports: Pick<AuthorizationServerPorts, 'rateLimiter'>;
  readonly settings: Pick<Settings, 'tenantId'>;
}

/** A limit that is used up. */
export interface LimitReached {
  readonly reason: 'rate_limited';
  /** The name of the rule, for the trail. */
  readonly rule: string;
  readonly retryAfterSeconds: number;
}

/**
 * Takes one point of `rule`; undefined where there was one.
 *
 * @param whose - what the points are counted by, from the network to the text that a stranger chose. That one comes last,
 * and what goes before it has no space: so nobody writes a text that counts for somebody else
 */
export async function takePoint(
  { ports, settings }: CountedBy,
  rule: RateLimitRule,
  ...whose: readonly [string, ...string[]]
): Promise<LimitReached | undefined> {
  return reached(rule, await ports.rateLimiter.consume(rule, limitKey(settings, whose)));
}

/** Looks whether {@link takePoint} would find a point now, and takes none. */
export async function lookForPoint(
  { ports, settings }: CountedBy,
  rule: RateLimitRule,
  ...whose: readonly [string, ...string[]]
): Promise<LimitReached | undefined> {
  return reached(rule, await ports.rateLimiter.peek(rule, limitKey(settings, whose)));
}

/** Gives back what {@link takePoint} took, where it cost nothing in the end. */
export async function giveBackPoint(
  { ports, settings }: CountedBy,
  rule: RateLimitRule,
  ...whose: readonly [string, ...string[]]
): Promise<void> {
  await ports.rateLimiter.giveBack(rule, limitKey(settings, whose));
}

/** Tenants have limits of their own; the name of one has no colon. */
function limitKey({ tenantId }: CountedBy['settings'], whose: readonly string[]): string {
  return `${tenantId}:${whose.join(' ')}`;
}

function reached(rule: RateLimitRule, decision: RateLimitDecision): LimitReached | undefined {
  if (decision.allowed) return undefined;
  return { reason: 'rate_limited', rule: rule.name, retryAfterSeconds: decision.retryAfterSeconds };
}
