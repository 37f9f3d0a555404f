import { INVALID_CLIENT, type RefusalTable, TRY_AGAIN, UNAUTHORIZED_CLIENT } from './refusal-entry.js';

const NOT_LET_IN = {
  error: 'access_denied',
  description: 'The operator has not let this client in.',
  status: 403,
} as const;

const UNPROVEN_RESOURCE_SERVER = {
  ...INVALID_CLIENT,
  description: 'Only a registered resource server may ask, by its own id and secret.',
} as const;

/** @param what - is wrong with it */
function assertionRefusal<What extends string>(what: What) {
  return { ...INVALID_CLIENT, description: `The client assertion ${what}` } as const;
}

/** Who asks: clients and resource servers that did not prove who they are, or may not what they ask for. */
export const CLIENT_REFUSALS = {
  // Authentication.
  client_missing: { ...INVALID_CLIENT, description: 'The client_id is missing.' },
  client_unknown: INVALID_CLIENT,
  client_secret_wrong: INVALID_CLIENT,
  client_method_mismatch: INVALID_CLIENT,
  client_method_unsupported: INVALID_CLIENT,
  client_became_weaker: INVALID_CLIENT,
  basic_malformed: { ...INVALID_CLIENT, description: 'The Authorization header is not one of Basic that can be read.' },
  // Of these whoever made the assertion can see as much: nothing is told of who there is.
  client_assertion_malformed: assertionRefusal(
    'cannot be read, or is not called one by client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  ),
  client_assertion_algorithm_refused: assertionRefusal('is signed by an alg that is not among those of the metadata.'),
  client_assertion_header_critical: assertionRefusal('has a crit or b64 in its header.'),
  client_assertion_type_refused: assertionRefusal('has a typ other than client-authentication+jwt or JWT.'),
  client_assertion_claim_missing: assertionRefusal('lacks one of iss, sub, aud, exp and jti, or has it malformed.'),
  client_assertion_subject_mismatch: assertionRefusal('has another iss than sub; both are the client_id.'),
  client_assertion_audience_wrong: assertionRefusal('has another aud than the one issuer of this server.'),
  client_assertion_expired: assertionRefusal('has expired.'),
  client_assertion_not_yet_valid: assertionRefusal('is of the future by its iat or nbf.'),
  client_assertion_lifetime_too_long: assertionRefusal('lives longer than five minutes, from its iat to its exp.'),
  client_assertion_signature_wrong: INVALID_CLIENT,
  client_assertion_replayed: INVALID_CLIENT,
  client_key_unknown: INVALID_CLIENT,
  client_keys_unavailable: INVALID_CLIENT,
  vouched_client_keys_unavailable: TRY_AGAIN,
  client_methods_combined: { error: 'invalid_request', description: 'Only one way to authenticate may be used.' },
  client_id_mismatch: { error: 'invalid_request', description: 'Only one client may be named.' },
  // What it may not.
  grant_type_not_of_client: UNAUTHORIZED_CLIENT,
  client_not_confidential: UNAUTHORIZED_CLIENT,
  client_not_vouched_for: UNAUTHORIZED_CLIENT,
  exchange_not_permitted: UNAUTHORIZED_CLIENT,
  // In a browser the same is said on a page.
  client_shut_out: { error: 'access_denied', description: 'The operator does not let this client in.', status: 403 },
  client_waits_for_operator: NOT_LET_IN,
  approval_queue_full: NOT_LET_IN,
  // Resource servers at introspection.
  resource_server_missing: UNPROVEN_RESOURCE_SERVER,
  resource_server_unknown: UNPROVEN_RESOURCE_SERVER,
  resource_server_secret_wrong: UNPROVEN_RESOURCE_SERVER,
} as const satisfies RefusalTable;
