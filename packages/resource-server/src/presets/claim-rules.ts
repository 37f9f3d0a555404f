import { isKeyThumbprint, type JsonObject, type JsonValue, parseScope } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';

/** Header types of access tokens by RFC 9068 §2.1, in lower case. */
export const ACCESS_TOKEN_TYPES: readonly string[] = ['at+jwt', 'application/at+jwt'];

/** Header types where the provider does not, or not always, say that a token is an access token. */
export const LOOSE_TOKEN_TYPES: readonly (string | undefined)[] = [undefined, 'jwt', ...ACCESS_TOKEN_TYPES];

/** The first refusal among checks, which are only made as far as they are needed. */
export function firstRefusal(
  ...checks: readonly (() => AccessTokenFailure | undefined)[]
): AccessTokenFailure | undefined {
  for (const check of checks) {
    const refusal = check();
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Refuses a token whose `aud` has none of these values, compared exactly. An array with anything but strings in it names
 * nobody.
 */
export function checkAudience(claims: JsonObject, ...expected: readonly string[]): AccessTokenFailure | undefined {
  const audiences = audiencesOf(claims);
  return audiences.some((audience) => expected.includes(audience)) ? undefined : { reason: 'wrong_audience' };
}

/** The values of `aud` (RFC 7519 §4.1.3): none where it is malformed. */
export function audiencesOf(claims: JsonObject): readonly string[] {
  const { aud } = claims;
  return typeof aud === 'string' ? [aud] : (stringsOf(aud) ?? []);
}

/** Refuses a token in which one of these claims is missing or no text. */
export function checkTexts(claims: JsonObject, names: readonly string[]): AccessTokenFailure | undefined {
  for (const claim of names) {
    const value = claims[claim];
    if (value === undefined || value === null || value === '') return { reason: 'claim_missing', claim };
    if (typeof value !== 'string') return { reason: 'claim_malformed', claim };
  }
  return undefined;
}

/**
 * Refuses a token that is bound in another way than by the thumbprint of a key and nothing besides (RFC 9449 §6.1): to a
 * certificate (RFC 8705 §3), or to a key in full (RFC 7800 §3.2). Nobody here can have that proven.
 */
export function checkConfirmation(claims: JsonObject): AccessTokenFailure | undefined {
  return bindingOf(claims) === 'something_else' ? { reason: 'sender_constrained' } : undefined;
}

/**
 * What a token is bound to (RFC 7800): to nothing, and then whoever holds it may use it; to a key that is proven by DPoP
 * (RFC 9449); to something else, which nobody here can have proven.
 */
export type TokenBinding = 'nothing' | 'proof_key' | 'something_else';

/** What the claims of a token say of its binding. */
export function bindingOf(claims: JsonObject): TokenBinding {
  if (claims['cnf'] === undefined) return 'nothing';
  return proofKeyOf(claims) === undefined ? 'something_else' : 'proof_key';
}

/** The thumbprint of the key that a token is bound to, where it is bound by that alone. */
export function proofKeyOf({ cnf }: JsonObject): string | undefined {
  const confirmation = objectOf(cnf);
  const jkt = confirmation?.['jkt'];
  const isAlone = confirmation !== undefined && Object.keys(confirmation).length === 1;
  return isAlone && isKeyThumbprint(jkt) ? jkt : undefined;
}

/**
 * Refuses an ID token by what only those have: a nonce, or the hash of a code or of an access token (OpenID Connect Core
 * §2, §3.3.2.11). For providers whose header does not tell the two apart, and whose access tokens never have these.
 */
export function checkNoIdToken(claims: JsonObject): AccessTokenFailure | undefined {
  const isIdToken = ['nonce', 'at_hash', 'c_hash'].some((claim) => claims[claim] !== undefined);
  return isIdToken ? { reason: 'wrong_type' } : undefined;
}

/** Refuses a token of a tenant that is not on a list, where there is a list. */
export function checkTenant(
  tenant: JsonValue | undefined,
  allowed: readonly string[] | undefined,
): AccessTokenFailure | undefined {
  return allowed === undefined || (typeof tenant === 'string' && allowed.includes(tenant))
    ? undefined
    : { reason: 'wrong_tenant' };
}

/**
 * The words of a `scope` claim (RFC 6749 §3.3, RFC 9068 §2.2.3): text, delimited by single spaces. Anything else,
 * arrays included, grants nothing.
 */
export function scopesOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value !== 'string') return [];
  const scopes = parseScope(value);
  return scopes.ok ? scopes.value : [];
}

/** The scopes of a provider that is documented to give them as an array: none where an item is no scope token. */
export function scopesOfList(value: JsonValue | undefined): readonly string[] {
  const items = stringsOf(value) ?? [];
  const areTokens = items.every((item) => !item.includes(' ') && parseScope(item).ok);
  return areTokens ? [...new Set(items)] : [];
}

/** The items of an array of texts; undefined for all else, also where a single item is no text, or empty. */
export function stringsOf(value: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
    ? (value as readonly string[])
    : undefined;
}

/** A text that is not empty. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A JSON object. */
export function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
