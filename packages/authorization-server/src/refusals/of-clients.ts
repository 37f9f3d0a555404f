import { INVALID_CLIENT, type RefusalTable, TRY_AGAIN, UNAUTHORIZED_CLIENT } from './refusal-entry.js';

const NOT_LET_IN = {
  error: 'access_denied',
  description: 'The operator has not let this client in.',
  status: 403,
} as const;

/** Who asks: clients and resource servers that did not prove who they are, or may not what they ask for. */
export const CLIENT_REFUSALS = {
  // Authentication.
  client_missing: INVALID_CLIENT,
  client_unknown: INVALID_CLIENT,
  client_secret_wrong: INVALID_CLIENT,
  client_method_mismatch: INVALID_CLIENT,
  client_method_unsupported: INVALID_CLIENT,
  client_became_weaker: INVALID_CLIENT,
  basic_malformed: INVALID_CLIENT,
  client_assertion_malformed: INVALID_CLIENT,
  client_assertion_algorithm_refused: INVALID_CLIENT,
  client_assertion_header_critical: INVALID_CLIENT,
  client_assertion_type_refused: INVALID_CLIENT,
  client_assertion_claim_missing: INVALID_CLIENT,
  client_assertion_subject_mismatch: INVALID_CLIENT,
  client_assertion_audience_wrong: INVALID_CLIENT,
  client_assertion_expired: INVALID_CLIENT,
  client_assertion_not_yet_valid: INVALID_CLIENT,
  client_assertion_lifetime_too_long: INVALID_CLIENT,
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
  resource_server_missing: INVALID_CLIENT,
  resource_server_unknown: INVALID_CLIENT,
  resource_server_secret_wrong: INVALID_CLIENT,
} as const satisfies RefusalTable;
