import type { JsonObject } from '@portcullis/protocol';

/** The scopes of a token, and in which claim and shape it has them. */
export interface ScopeShape {
  readonly claim: 'scope' | 'scp' | undefined;
  readonly shape: 'string' | 'list' | 'wrong' | undefined;
  readonly values: readonly string[];
}

/** Reads `scope` (RFC 9068 §2.2.3) or, where that is absent, `scp` (Okta, Entra). */
export function scopesOf(claims: JsonObject): ScopeShape {
  const claim = 'scope' in claims ? 'scope' : 'scp' in claims ? 'scp' : undefined;
  if (claim === undefined) return { claim, shape: undefined, values: [] };
  const value = claims[claim];
  if (typeof value === 'string')
    return { claim, shape: 'string', values: value.split(' ').filter((one) => one !== '') };
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) {
    return { claim, shape: 'list', values: value };
  }
  return { claim, shape: 'wrong', values: [] };
}
