import type { RateLimitDecision, RateLimiter, RateLimitRule } from '@portcullis/ports';
import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { Refusal } from './refusal.js';

/** The limit on messages of each caller. */
export class CallerLimit {
  readonly #rateLimiter: RateLimiter;
  readonly #rule: RateLimitRule;

  constructor(rateLimiter: RateLimiter, rule: RateLimitRule) {
    this.#rateLimiter = rateLimiter;
    this.#rule = rule;
  }

  /** The refusal where one more would be too many. Counts nothing. */
  async peek(caller: string): Promise<Refusal | undefined> {
    return this.#refusalOf(await this.#rateLimiter.peek(this.#rule, caller));
  }

  /** Counts messages; the refusal where they are too many. */
  async take(messages: number, caller: string): Promise<Refusal | undefined> {
    for (let taken = 0; taken < messages; taken += 1) {
      const refusal = this.#refusalOf(await this.#rateLimiter.consume(this.#rule, caller));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #refusalOf(decision: RateLimitDecision): Refusal | undefined {
    if (decision.allowed) return undefined;
    return {
      status: 429,
      code: JSON_RPC_ERRORS.serverError,
      message: 'Too many requests',
      event: 'rate_limit.exceeded',
      reason: 'too_many_requests',
      headers: { 'retry-after': String(decision.retryAfterSeconds) },
      details: { rule: this.#rule.name },
    };
  }
}
