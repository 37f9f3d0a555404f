import type { JsonObject } from '@portcullis/protocol';
import type { TokenRules, TokenSteps } from '@portcullis/resource-server';
import { type Finding, fault, list, note, pass, quote } from '../finding.js';
import { tellFailure } from './tell-failure.js';

/** Members that would have a guard take a key from the token itself. */
const KEY_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c'];

/** Puts words to what a guard makes of the header of a JWT (RFC 9068 §2.1, RFC 8725 §3). */
export function judgeHeader(
  members: JsonObject,
  step: TokenSteps['header'],
  rules: TokenRules | undefined,
  preset: string | undefined,
): readonly Finding[] {
  if (preset === 'entra' && 'nonce' in members) {
    return [
      fault(
        'token-header',
        'it has a nonce, which Entra puts into tokens for Microsoft Graph: it is not for your server, and cannot be verified',
        {
          advice: 'Ask for a scope of your own API (api://…/scope), and not for User.Read or another one of Graph.',
        },
      ),
    ];
  }
  if (!step.ok) return [tellRefusal(members, step.failure, rules)];
  const { algorithm, type } = step.value;
  const isLoose = type === undefined || type === 'jwt';
  return [
    pass('token-header', `alg is ${algorithm}`),
    isLoose
      ? note('token-header', `typ is ${type ?? 'absent'}: other claims have to tell it from an ID token`)
      : pass('token-header', `typ is ${type}: an access token (RFC 9068)`),
  ];
}

function tellRefusal(
  members: JsonObject,
  failure: Extract<TokenSteps['header'], { readonly ok: false }>['failure'],
  rules: TokenRules | undefined,
): Finding {
  const { alg, kid, typ } = members;
  switch (failure.reason) {
    case 'algorithm_not_allowed': {
      const taken = rules === undefined ? '' : `. The preset ${rules.preset} takes ${list(rules.algorithms)}`;
      return fault('token-header', `alg is ${quote(alg)}: it has to be an algorithm that public keys verify${taken}`, {
        advice: 'Choose RS256, PS256 or ES256 for access tokens at the provider.',
      });
    }
    case 'wrong_type': {
      const types = rules?.types.map((type) => type ?? 'none at all') ?? [];
      const taken = rules === undefined ? '' : `. The preset ${rules.preset} takes ${list(types)}`;
      return fault('token-header', `typ is ${quote(typ)}, which is no access token's here${taken}`, {
        advice:
          'Choose the token format of RFC 9068 (typ at+jwt) at the provider; or another preset is meant (--preset).',
      });
    }
    case 'critical_header':
      return fault(
        'token-header',
        'it has crit or b64: a rule that has to be understood, and that the guard does not know',
      );
    case 'key_in_header': {
      const pointers = KEY_MEMBERS.filter((member) => member in members).join(', ');
      return fault(
        'token-header',
        `it brings or points at a key of its own (${pointers}), which is never looked at, and the guard refuses it`,
        { advice: 'Have the provider leave that out: a kid is enough.' },
      );
    }
    case 'unknown_key':
      return fault(
        'token-header',
        typeof kid === 'string' && kid !== ''
          ? `its kid has ${kid.length} characters, which is more than the guard looks at`
          : 'it has no kid: nothing says which key signed it, and the guard refuses it',
      );
    default:
      return fault('token-header', tellFailure(failure));
  }
}
