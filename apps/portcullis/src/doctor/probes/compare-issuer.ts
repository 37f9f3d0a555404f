/** How two issuers relate: `same` as texts, `slash` where only the slash at the end differs, else `other`. */
export type IssuerRelation = 'same' | 'slash' | 'other';

/** Compares as RFC 8414 §3.3 does, character by character, and tells the commonest mistake from the others. */
export function compareIssuer(one: string, other: string): IssuerRelation {
  if (one === other) return 'same';
  return one.replace(/\/$/, '') === other.replace(/\/$/, '') ? 'slash' : 'other';
}
