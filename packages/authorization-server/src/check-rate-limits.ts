import { LONGEST_WINDOW_SECONDS, type RateLimitRule } from '@portcullis/ports';
import { ConfigurationError } from './configuration-error.js';
import { isGroup } from './option-kinds.js';
import type { RateLimits } from './options.js';

/**
 * Holds each rule against its shape: a host in JavaScript has no compiler that would, and a limiter that is given a number in place
 * of a rule fails at the first request. Two rules of one name would count together, and be one in the trail.
 *
 * @throws {ConfigurationError} naming the rule
 */
export function checkRateLimits(rules: RateLimits): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (!isRule(rule)) {
      throw new ConfigurationError(
        `rateLimits.${name}: must be {name, points, windowSeconds}: a text, how many, 1 or more, and in how many seconds, 1 to ${LONGEST_WINDOW_SECONDS} (24.8 days, the longest a timer can be)`,
      );
    }
  }
  const byName = new Map<string, string>();
  for (const [name, rule] of Object.entries(rules) as [string, RateLimitRule][]) {
    const other = byName.get(rule.name);
    if (other !== undefined) {
      throw new ConfigurationError(
        `rateLimits.${name}: has the name "${rule.name}", as rateLimits.${other} has: each is counted under a name of its own`,
      );
    }
    byName.set(rule.name, name);
  }
}

function isRule(rule: unknown): boolean {
  if (!isGroup(rule)) return false;
  const { name, points, windowSeconds } = rule as { readonly [Name in keyof RateLimitRule]: unknown };
  return typeof name === 'string' && name !== '' && isCount(points) && isWindow(windowSeconds);
}

function isWindow(value: unknown): boolean {
  return isCount(value) && (value as number) <= LONGEST_WINDOW_SECONDS;
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}
