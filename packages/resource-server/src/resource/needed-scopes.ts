import { isScopeToken } from '@portcullis/protocol';

/** The first revision whose clients keep the scopes that they have when a challenge names others. */
const FIRST_MODERN = '2026-07-28';

/**
 * Whether clients of a revision keep the scopes that they have when a challenge names others, as those of 2026-07-28 and
 * later do. Revisions are dates, so their order is that of their text. One that is not told is an early one.
 */
export function keepsItsScopes(revision: unknown): boolean {
  return typeof revision === 'string' && revision >= FIRST_MODERN;
}

/**
 * Whether a resource can need a scope: it is a scope-token (RFC 6749 §3.3), without which no client could ask for it, and
 * not `offline_access`, which asks an authorization server for something (MCP, Scope Selection Strategy).
 */
export function canBeNeeded(scope: string): boolean {
  return isScopeToken(scope) && scope !== 'offline_access';
}

/**
 * What a challenge names, each scope once: all that is needed, and for clients that replace their scopes by those of a
 * challenge also what the token has.
 */
export function scopesToAskFor(needed: readonly string[], held: readonly string[], revision: unknown): string[] {
  return [...new Set(keepsItsScopes(revision) ? needed : [...needed, ...held])].filter(canBeNeeded);
}
