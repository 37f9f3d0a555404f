import type { AuthenticationScheme } from '../presented-credential.js';

/** What is said of a good token that came by the wrong scheme, in `error_description` and the body. */
export interface SchemeRefusal {
  readonly event: 'access_token.unproven' | 'access_token.refused';
  readonly reason: 'sender_constrained' | 'not_sender_constrained';
  readonly description: string;
}

/**
 * Whether a good token came by its scheme: a bound one by `DPoP`, any other by `Bearer`, and only bound ones where those alone
 * get in (RFC 9449 §7.1, §7.2). Whoever has the token could read as much from it or its token response.
 *
 * @param proofKey - what the token is bound to
 * @returns undefined where it did, and what to tell its sender where not
 */
export function checkScheme(
  scheme: AuthenticationScheme,
  proofKey: string | undefined,
  isDpopRequired: boolean,
): SchemeRefusal | undefined {
  if (proofKey !== undefined) return scheme === 'DPoP' ? undefined : BOUND_AS_BEARER;
  if (isDpopRequired) return UNBOUND_WHERE_REQUIRED;
  return scheme === 'Bearer' ? undefined : UNBOUND_AS_DPOP;
}

const BOUND_AS_BEARER: SchemeRefusal = {
  event: 'access_token.unproven',
  reason: 'sender_constrained',
  description: 'This token is bound to a key: send it with the scheme DPoP and a proof.',
};
const UNBOUND_AS_DPOP: SchemeRefusal = {
  event: 'access_token.refused',
  reason: 'not_sender_constrained',
  description: 'This token is not bound to a key: send it with the scheme Bearer.',
};
const UNBOUND_WHERE_REQUIRED: SchemeRefusal = {
  ...UNBOUND_AS_DPOP,
  description: 'Only tokens that are bound to a key get in here: get one by a token request with a DPoP proof.',
};
