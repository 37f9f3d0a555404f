import type { JsonObject } from '@portcullis/protocol';
import type { TokenBinding, TokenRules } from '@portcullis/resource-server';
import { type Finding, fault, list, note } from '../finding.js';

/** Says of a token that is bound to a key of its client what it is (RFC 9449 §6, RFC 7800 §3); of a bearer token nothing. */
export function judgeBinding(
  binding: TokenBinding,
  { cnf }: JsonObject,
  rules: TokenRules | undefined,
): readonly Finding[] {
  switch (binding) {
    case 'nothing':
      return [];
    case 'proof_key': {
      const words = 'it is bound to a key of its client (cnf.jkt), so it is no bearer token';
      if (rules !== undefined && rules.takesBoundTokens !== true) {
        return [fault('token-binding', `${words}, and the preset ${rules.preset} knows none that are bound`)];
      }
      return [note('token-binding', `${words}: the guard takes it under the scheme DPoP, with a proof by that key`)];
    }
    case 'something_else': {
      const members = typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : [];
      return [
        fault(
          'token-binding',
          `it is bound by what is no thumbprint of a key alone (cnf: ${list(members) || 'nothing'}), which the guard cannot have proven`,
          { advice: 'Have the provider bind tokens by DPoP, or not at all.' },
        ),
      ];
    }
  }
}
