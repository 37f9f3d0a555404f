/** The longest window: after 24.8 days a timer of the runtime ends at once, and with it the count of a limiter that goes by one. */
export const LONGEST_WINDOW_SECONDS = 2_147_483;

/** One limit: at most `points` per `windowSeconds` for each key. */
export interface RateLimitRule {
  /** Stable name, part of the counter's key and of the audit event. */
  readonly name: string;
  /** 1 or more. */
  readonly points: number;
  /** From 1 to {@link LONGEST_WINDOW_SECONDS}. */
  readonly windowSeconds: number;
}

/** Whether one more is allowed now, and when to come back if not. */
export type RateLimitDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts by rule and key. */
export interface RateLimiter {
  /** Takes one point. Keys are hashed or bounded by the adapter; they may come from strangers. */
  consume(rule: RateLimitRule, key: string): Promise<RateLimitDecision>;
  /** Whether `consume` would find a point now. Takes none: for what is counted by how it ends. */
  peek(rule: RateLimitRule, key: string): Promise<RateLimitDecision>;
  /** Gives the point back that a `consume` took, where it turns out to cost nothing: of what is tried at once, each holds its
   * point while it is judged. Gives nothing where nothing is taken any more, since the window has ended. */
  giveBack(rule: RateLimitRule, key: string): Promise<void>;
}
