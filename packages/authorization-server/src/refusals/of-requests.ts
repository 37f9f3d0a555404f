import { INVALID_SCOPE, INVALID_TARGET, MALFORMED_SCOPE, type RefusalTable, TRY_AGAIN } from './refusal-entry.js';

const REPEATED = { error: 'invalid_request', description: 'A parameter is repeated or malformed.' } as const;
const PKCE = { error: 'invalid_request', description: 'PKCE with the method S256 is required.' } as const;
const REDIRECT_URI = { error: 'invalid_request', description: 'The redirect_uri is not one of this client.' } as const;

/** What is wrong with a request, whoever it is of: its form, what it asks for, and what is not there to answer it. */
export const REQUEST_REFUSALS = {
  duplicate_parameter: REPEATED,
  bracketed_parameter: REPEATED,
  too_many_parameters: REPEATED,
  malformed_encoding: REPEATED,
  parameters_in_query: { error: 'invalid_request', description: 'Parameters belong in the body.' },
  wrong_media_type: {
    error: 'invalid_request',
    description: 'The content type has to be application/x-www-form-urlencoded.',
    status: 415,
  },
  body_encoded: { error: 'invalid_request', description: 'The body must come without a content coding.', status: 415 },
  body_too_large: { error: 'invalid_request', description: 'The body is too large.', status: 413 },
  body_too_slow: { error: 'invalid_request', description: 'The body took too long to come.', status: 408 },
  body_malformed: { error: 'invalid_request', description: 'The body cannot be read.' },
  rate_limited: { error: 'temporarily_unavailable', description: 'Too many requests; try again later.', status: 429 },
  storage_unavailable: TRY_AGAIN,
  signing_unavailable: TRY_AGAIN,
  client_document_unavailable: TRY_AGAIN,
  internal_error: { error: 'server_error', description: 'The request could not be handled.', status: 500 },
  // Authorization endpoint.
  request_too_long: { error: 'invalid_request', description: 'The request is too long.', status: 413 },
  state_too_long: { error: 'invalid_request', description: 'The state is longer than 2048 characters.' },
  request_object_given: { error: 'request_not_supported', description: 'Request objects are not supported.' },
  response_type_missing: { error: 'invalid_request', description: 'The response type is missing.' },
  response_type_unsupported: { error: 'unsupported_response_type', description: 'The response type must be code.' },
  response_mode_unsupported: { error: 'invalid_request', description: 'The response mode must be query.' },
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
  scope_malformed: MALFORMED_SCOPE,
  scope_unknown: INVALID_SCOPE,
  scope_beyond_grant: INVALID_SCOPE,
  scope_beyond_registration: INVALID_SCOPE,
  prompt_malformed: { error: 'invalid_request', description: 'The prompt is not valid.' },
  max_age_malformed: { error: 'invalid_request', description: 'The max_age is not valid.' },
  login_needed: { error: 'login_required', description: 'The user has to sign in.' },
  consent_needed: { error: 'consent_required', description: 'The user has to consent.' },
  denied_by_user: { error: 'access_denied', description: 'The user did not allow the request.' },
  // Pushed authorization requests (RFC 9126).
  pushed_request_uri_given: { error: 'invalid_request', description: 'A pushed request cannot name another one.' },
  pushed_request_required: { error: 'invalid_request', description: 'Authorization requests have to be pushed.' },
  redirect_uri_missing: { error: 'invalid_request', description: 'The redirect_uri is missing.' },
  redirect_uri_not_registered: REDIRECT_URI,
  redirect_uri_not_allowed: REDIRECT_URI,
} as const satisfies RefusalTable;
