import { INVALID_TARGET, type RefusalTable, TRY_AGAIN } from './refusal-entry.js';

const INVALID_ASSERTION = { error: 'invalid_grant', description: 'The assertion is not valid.' } as const;

/** Assertions of identity providers and workloads (RFC 7523). Those of clients are refused as clients are. */
export const ASSERTION_REFUSALS = {
  assertion_missing: { error: 'invalid_request', description: 'The assertion is missing.' },
  assertion_malformed: INVALID_ASSERTION,
  assertion_issuer_unknown: INVALID_ASSERTION,
  assertion_issuer_disabled: INVALID_ASSERTION,
  assertion_algorithm_refused: INVALID_ASSERTION,
  assertion_header_critical: INVALID_ASSERTION,
  assertion_type_refused: INVALID_ASSERTION,
  assertion_claim_missing: INVALID_ASSERTION,
  assertion_audience_wrong: INVALID_ASSERTION,
  assertion_expired: INVALID_ASSERTION,
  assertion_not_yet_valid: INVALID_ASSERTION,
  assertion_lifetime_too_long: INVALID_ASSERTION,
  assertion_key_unknown: INVALID_ASSERTION,
  assertion_keys_unavailable: TRY_AGAIN,
  assertion_signature_wrong: INVALID_ASSERTION,
  assertion_binding_unsupported: INVALID_ASSERTION,
  assertion_proof_missing: INVALID_ASSERTION,
  assertion_key_mismatch: INVALID_ASSERTION,
  assertion_details_unsupported: INVALID_ASSERTION,
  assertion_tenant_mismatch: INVALID_ASSERTION,
  assertion_audience_tenant_mismatch: INVALID_ASSERTION,
  assertion_client_mismatch: INVALID_ASSERTION,
  assertion_client_not_of_issuer: INVALID_ASSERTION,
  assertion_user_gone: INVALID_ASSERTION,
  assertion_without_consent: INVALID_ASSERTION,
  assertion_replayed: INVALID_ASSERTION,
  assertion_of_workload_with_client: INVALID_ASSERTION,
  workload_unknown: INVALID_ASSERTION,
  resource_beyond_workload: INVALID_TARGET,
} as const satisfies RefusalTable;
