import type { OauthErrorCode } from '@portcullis/protocol';
import { SUPPORTED_GRANT_TYPES, TOKEN_ENDPOINT_AUTH_METHODS } from '@portcullis/protocol/client-metadata';
import { type DpopRefusal, describeDpopRefusal } from '@portcullis/protocol/dpop-proof';

/** What a refusal looks like from outside. */
interface RefusalEntry {
  readonly error: OauthErrorCode;
  /** Words of our own; never what the request said. In the characters RFC 6749 §5.2 allows. */
  readonly description: string;
  /** HTTP status where it is answered directly. @defaultValue 400 */
  readonly status?: number;
}

// One text for each code where telling the reasons apart would help whoever is guessing (RFC 9700, OAuth 2.1 §7.7).
const INVALID_GRANT = { error: 'invalid_grant', description: 'The code or refresh token is not valid.' } as const;
const INVALID_ASSERTION = { error: 'invalid_grant', description: 'The assertion is not valid.' } as const;
const INVALID_CLIENT = {
  error: 'invalid_client',
  description: 'The client is unknown or did not prove who it is.',
  status: 401,
} as const;
const REPEATED = { error: 'invalid_request', description: 'A parameter is repeated or malformed.' } as const;
const PKCE = { error: 'invalid_request', description: 'PKCE with the method S256 is required.' } as const;
const INVALID_TARGET = {
  error: 'invalid_target',
  description: 'The resource is not one that can be granted.',
} as const;
const UNAUTHORIZED_CLIENT = {
  error: 'unauthorized_client',
  description: 'The client may not use this grant.',
} as const;
const INVALID_TOKEN = {
  error: 'invalid_token',
  description: 'The registration access token is not valid.',
  status: 401,
} as const;
const INVALID_SUBJECT_TOKEN = {
  error: 'invalid_request',
  description: 'The subject token is not one that can be exchanged.',
} as const;
const REDIRECT_URI = { error: 'invalid_request', description: 'The redirect_uri is not one of this client.' } as const;
const NOT_LET_IN = {
  error: 'access_denied',
  description: 'The operator has not let this client in.',
  status: 403,
} as const;
const INVALID_SCOPE = { error: 'invalid_scope', description: 'The scope is not one that can be granted.' } as const;

/**
 * Every reason for which an OAuth request is refused, and what is said of it. The reason goes to the trail, the rest
 * to the wire.
 */
export const REFUSALS = {
  // The request as such.
  duplicate_parameter: REPEATED,
  bracketed_parameter: REPEATED,
  too_many_parameters: REPEATED,
  malformed_encoding: REPEATED,
  parameters_in_query: { error: 'invalid_request', description: 'Parameters belong in the body.' },
  wrong_media_type: { error: 'invalid_request', description: 'The content type is not supported.', status: 415 },
  body_too_large: { error: 'invalid_request', description: 'The body is too large.', status: 413 },
  body_malformed: { error: 'invalid_request', description: 'The body cannot be read.' },
  rate_limited: { error: 'temporarily_unavailable', description: 'Too many requests; try again later.', status: 429 },
  registration_busy: { error: 'temporarily_unavailable', description: 'Try again in a moment.', status: 503 },
  storage_unavailable: { error: 'temporarily_unavailable', description: 'Try again in a moment.', status: 503 },
  signing_unavailable: { error: 'temporarily_unavailable', description: 'Try again in a moment.', status: 503 },
  client_document_unavailable: { error: 'temporarily_unavailable', description: 'Try again in a moment.', status: 503 },
  internal_error: { error: 'server_error', description: 'The request could not be handled.', status: 500 },
  // Authorization endpoint.
  state_too_long: { error: 'invalid_request', description: 'The state is too long.' },
  request_object_given: { error: 'request_not_supported', description: 'Request objects are not supported.' },
  response_type_missing: { error: 'invalid_request', description: 'The response type is missing.' },
  response_type_unsupported: { error: 'unsupported_response_type', description: 'The response type must be code.' },
  response_mode_unsupported: { error: 'invalid_request', description: 'The response mode must be query.' },
  grant_type_not_of_client: UNAUTHORIZED_CLIENT,
  code_challenge_missing: PKCE,
  code_challenge_malformed: PKCE,
  code_challenge_method_unsupported: PKCE,
  // Which resources there are is public by their metadata, so this tells nobody anything.
  resource_missing: {
    error: 'invalid_target',
    description: 'The resource parameter is missing. It is needed because there are several resources here.',
  },
  resource_unknown: INVALID_TARGET,
  resource_ambiguous: INVALID_TARGET,
  resource_mismatch: INVALID_TARGET,
  scope_malformed: INVALID_SCOPE,
  scope_unknown: INVALID_SCOPE,
  scope_beyond_grant: INVALID_SCOPE,
  scope_beyond_registration: INVALID_SCOPE,
  prompt_malformed: { error: 'invalid_request', description: 'The prompt is not valid.' },
  max_age_malformed: { error: 'invalid_request', description: 'The max_age is not valid.' },
  login_needed: { error: 'login_required', description: 'The user has to sign in.' },
  consent_needed: { error: 'consent_required', description: 'The user has to consent.' },
  denied_by_user: { error: 'access_denied', description: 'The user did not allow the request.' },
  // Client authentication.
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
  client_methods_combined: { error: 'invalid_request', description: 'Only one way to authenticate may be used.' },
  client_id_mismatch: { error: 'invalid_request', description: 'Only one client may be named.' },
  // Token endpoint.
  grant_type_missing: { error: 'invalid_request', description: 'The grant type is missing.' },
  grant_type_unsupported: { error: 'unsupported_grant_type', description: 'The grant type is not supported.' },
  code_missing: { error: 'invalid_request', description: 'The code is missing.' },
  code_verifier_missing: { error: 'invalid_request', description: 'The code verifier is missing.' },
  code_verifier_malformed: { error: 'invalid_request', description: 'The code verifier is malformed.' },
  client_not_confidential: UNAUTHORIZED_CLIENT,
  client_not_vouched_for: UNAUTHORIZED_CLIENT,
  refresh_token_missing: { error: 'invalid_request', description: 'The refresh token is missing.' },
  code_unknown: INVALID_GRANT,
  code_of_other_client: INVALID_GRANT,
  code_redirect_mismatch: INVALID_GRANT,
  code_without_challenge: INVALID_GRANT,
  code_verifier_wrong: INVALID_GRANT,
  code_expired: INVALID_GRANT,
  code_replayed: INVALID_GRANT,
  code_gone: INVALID_GRANT,
  resource_gone: INVALID_GRANT,
  scope_gone: INVALID_GRANT,
  refresh_token_unknown: INVALID_GRANT,
  refresh_token_of_other_client: INVALID_GRANT,
  refresh_token_expired: INVALID_GRANT,
  refresh_token_reused: INVALID_GRANT,
  refresh_token_gone: INVALID_GRANT,
  successor_unreadable: INVALID_GRANT,
  grant_revoked: INVALID_GRANT,
  client_became_another: INVALID_GRANT,
  grant_expired: INVALID_GRANT,
  user_gone: INVALID_GRANT,
  // Proofs of possession (RFC 9449).
  dpop_proof_repeated: invalidProof('dpop_proof_repeated'),
  dpop_proof_malformed: invalidProof('dpop_proof_malformed'),
  dpop_proof_type_refused: invalidProof('dpop_proof_type_refused'),
  dpop_proof_algorithm_refused: invalidProof('dpop_proof_algorithm_refused'),
  dpop_proof_key_refused: invalidProof('dpop_proof_key_refused'),
  dpop_proof_claim_missing: invalidProof('dpop_proof_claim_missing'),
  dpop_proof_method_mismatch: invalidProof('dpop_proof_method_mismatch'),
  dpop_proof_url_mismatch: invalidProof('dpop_proof_url_mismatch'),
  dpop_proof_outside_window: invalidProof('dpop_proof_outside_window'),
  dpop_proof_token_mismatch: invalidProof('dpop_proof_token_mismatch'),
  dpop_proof_signature_wrong: invalidProof('dpop_proof_signature_wrong'),
  dpop_proof_replayed: invalidProof('dpop_proof_replayed'),
  dpop_proof_missing: {
    error: 'invalid_dpop_proof',
    description:
      'A DPoP proof is needed: for this client, for this resource, or since the subject token is bound to a key.',
  },
  dpop_nonce_missing: { ...invalidProof('dpop_nonce_missing'), error: 'use_dpop_nonce' },
  dpop_nonce_stale: { ...invalidProof('dpop_nonce_stale'), error: 'use_dpop_nonce' },
  dpop_key_malformed: { error: 'invalid_request', description: 'The dpop_jkt is not a thumbprint of a key.' },
  dpop_key_mismatch: INVALID_GRANT,
  refresh_token_unbound: INVALID_GRANT,
  // Pushed authorization requests (RFC 9126).
  pushed_request_uri_given: { error: 'invalid_request', description: 'A pushed request cannot name another one.' },
  pushed_request_required: { error: 'invalid_request', description: 'Authorization requests have to be pushed.' },
  redirect_uri_missing: { error: 'invalid_request', description: 'The redirect_uri is missing.' },
  redirect_uri_not_registered: REDIRECT_URI,
  redirect_uri_not_allowed: REDIRECT_URI,
  dpop_key_other_than_proof: {
    error: 'invalid_request',
    description: 'The dpop_jkt is not the key of the DPoP proof.',
  },
  // In a browser the same is said on a page.
  client_shut_out: { error: 'access_denied', description: 'The operator does not let this client in.', status: 403 },
  client_waits_for_operator: NOT_LET_IN,
  approval_queue_full: NOT_LET_IN,
  // Devices (RFC 8628).
  device_code_missing: { error: 'invalid_request', description: 'The device code is missing.' },
  device_code_unknown: INVALID_GRANT,
  device_code_of_other_client: INVALID_GRANT,
  device_code_gone: INVALID_GRANT,
  device_code_expired: { error: 'expired_token', description: 'The device code has expired; ask for another one.' },
  device_code_pending: { error: 'authorization_pending', description: 'The user has not decided yet.' },
  device_polls_too_fast: { error: 'slow_down', description: 'The device asks too often.' },
  device_denied: { error: 'access_denied', description: 'The user did not allow the request.' },
  // Assertions of identity providers and workloads (RFC 7523).
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
  assertion_keys_unavailable: INVALID_ASSERTION,
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
  // Token exchange (RFC 8693).
  subject_token_missing: { error: 'invalid_request', description: 'The subject token is missing.' },
  subject_token_type_missing: { error: 'invalid_request', description: 'The subject_token_type is missing.' },
  subject_token_type_unsupported: {
    error: 'invalid_request',
    description: 'The subject_token_type is not supported; it is that of an access token or a JWT.',
  },
  requested_token_type_unsupported: {
    error: 'invalid_request',
    description: 'The requested_token_type is not supported; it is that of an access token or a JWT.',
  },
  actor_token_given: { error: 'invalid_request', description: 'The client itself is the actor; send no actor token.' },
  subject_token_unknown: INVALID_SUBJECT_TOKEN,
  subject_token_expired: INVALID_SUBJECT_TOKEN,
  subject_token_ended: INVALID_SUBJECT_TOKEN,
  subject_token_of_other_resource: INVALID_SUBJECT_TOKEN,
  subject_token_through_too_many: INVALID_SUBJECT_TOKEN,
  exchange_not_permitted: UNAUTHORIZED_CLIENT,
  target_not_permitted: INVALID_TARGET,
  target_no_identifier: {
    error: 'invalid_target',
    description: 'The target is named by the identifier of the resource, which is an absolute URL.',
  },
  scope_beyond_subject: INVALID_SCOPE,
  // Registration management (RFC 7592).
  registration_token_missing: INVALID_TOKEN,
  registration_token_unknown: INVALID_TOKEN,
  registration_token_of_other_client: INVALID_TOKEN,
  registration_client_missing: INVALID_TOKEN,
  registration_client_id_mismatch: invalidMetadata('The client_id must be the one of this registration.'),
  registration_client_secret_mismatch: invalidMetadata('The client_secret is not the one of this registration.'),
  registration_member_not_changeable: invalidMetadata(
    'What this server issued cannot be sent back to it: registration_access_token, registration_client_uri, client_id_issued_at and client_secret_expires_at.',
  ),
  // Revocation and introspection.
  token_missing: { error: 'invalid_request', description: 'The token is missing.' },
  token_of_exchange: {
    error: 'unsupported_token_type',
    description: 'A token that came of an exchange is not revoked by itself; it ends with the access it came from.',
  },
  token_of_other_client: { error: 'invalid_grant', description: 'The token is not one of this client.' },
  resource_server_missing: INVALID_CLIENT,
  resource_server_unknown: INVALID_CLIENT,
  resource_server_secret_wrong: INVALID_CLIENT,
  // Registration.
  client_metadata_malformed: invalidMetadata('The body must be a JSON object in UTF-8 that names each member once.'),
  client_name_malformed: invalidMetadata('The client_name must be a text of at most 512 characters.'),
  client_uri_malformed: invalidMetadata('The client_uri must be an https URL, or http on loopback.'),
  logo_uri_malformed: invalidMetadata('The logo_uri must be an https URL.'),
  tos_uri_malformed: invalidMetadata('The tos_uri must be an https URL.'),
  policy_uri_malformed: invalidMetadata('The policy_uri must be an https URL.'),
  jwks_uri_malformed: invalidMetadata('The jwks_uri must be an https URL.'),
  application_type_malformed: invalidMetadata('The application_type must be native or web.'),
  dpop_bound_access_tokens_malformed: invalidMetadata('The dpop_bound_access_tokens must be true or false.'),
  require_pushed_authorization_requests_malformed: invalidMetadata(
    'The require_pushed_authorization_requests must be true or false.',
  ),
  grant_types_malformed: invalidMetadata('The grant_types must be a list of at most 20 texts.'),
  grant_types_unsupported: invalidMetadata(
    `None of the grant_types can be registered; those that can are ${SUPPORTED_GRANT_TYPES.join(' and ')}.`,
  ),
  response_types_malformed: invalidMetadata('The response_types must be a list with code in it.'),
  token_endpoint_auth_method_malformed: invalidMetadata(
    `The token_endpoint_auth_method must be one of ${TOKEN_ENDPOINT_AUTH_METHODS.join(', ')}.`,
  ),
  client_keys_malformed: invalidMetadata('The jwks must be a JWK Set with a public key to sign by.'),
  client_keys_ambiguous: invalidMetadata('Only one of jwks and jwks_uri may be there.'),
  client_keys_missing: invalidMetadata('The method private_key_jwt needs jwks or jwks_uri.'),
  client_keys_unreachable: invalidMetadata('No jwks_uri is fetched here; the keys can be sent as jwks.'),
  client_keys_private: invalidMetadata('The keys in jwks must be public ones; what was sent is no longer secret.'),
  software_statement_malformed: {
    error: 'invalid_software_statement',
    description: 'The software statement is not a signed JWT with an issuer.',
  },
  software_statement_of_stranger: {
    error: 'unapproved_software_statement',
    description: 'The issuer of the software statement is not trusted here.',
  },
  metadata_too_large: {
    error: 'invalid_client_metadata',
    description: 'The client metadata is too large.',
    status: 413,
  },
  metadata_wrong_media_type: {
    error: 'invalid_client_metadata',
    description: 'The content type must be application/json.',
    status: 415,
  },
  redirect_uris_malformed: {
    error: 'invalid_redirect_uri',
    description: 'The redirect_uris must be a list of 1 to 20 URIs.',
  },
  redirect_uris_refused: { error: 'invalid_redirect_uri', description: 'None of the redirect_uris is allowed.' },
} as const satisfies Record<string, RefusalEntry>;

/** Which member is wrong, and how: whoever registers is a program, and its author has nothing else to go by. */
function invalidMetadata<Description extends string>(description: Description) {
  return { error: 'invalid_client_metadata', description } as const;
}

/** Of its proof a client may know everything: it made it, and nothing that it does not have is looked at. */
function invalidProof(reason: DpopRefusal) {
  return {
    error: 'invalid_dpop_proof',
    description: describeDpopRefusal(reason, 'the address of this endpoint'),
  } as const;
}

/** A reason for the trail: stable, precise, and never on the wire. */
export type RefusalReason = keyof typeof REFUSALS;

/**
 * What is said of a reason outside.
 *
 * @param address - of the endpoint as the metadata have it, where a proof has to name it
 */
export function describeRefusal(reason: RefusalReason, address?: string): Required<RefusalEntry> {
  const entry = { status: 400, ...REFUSALS[reason] };
  return reason === 'dpop_proof_url_mismatch' && address !== undefined
    ? { ...entry, description: describeDpopRefusal(reason, address) }
    : entry;
}
