import { INVALID_GRANT, INVALID_SCOPE, INVALID_TARGET, type RefusalTable } from './refusal-entry.js';

const INVALID_SUBJECT_TOKEN = {
  error: 'invalid_request',
  description: 'The subject token is not one that can be exchanged.',
} as const;

const INVALID_DEVICE_CODE = {
  error: 'invalid_grant',
  description: 'The device code is unknown, used or ended, or not for this client.',
} as const;

/** What a client brings to get tokens for, and tokens that it asks about: codes, refresh tokens, device codes, subject tokens. */
export const GRANT_REFUSALS = {
  // Token endpoint.
  grant_type_missing: { error: 'invalid_request', description: 'The grant type is missing.' },
  grant_type_unsupported: { error: 'unsupported_grant_type', description: 'The grant type is not supported.' },
  code_missing: { error: 'invalid_request', description: 'The code is missing.' },
  code_verifier_missing: { error: 'invalid_request', description: 'The code verifier is missing.' },
  code_verifier_malformed: { error: 'invalid_request', description: 'The code verifier is malformed.' },
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
  // Devices (RFC 8628).
  device_code_missing: { error: 'invalid_request', description: 'The device code is missing.' },
  device_code_unknown: INVALID_DEVICE_CODE,
  device_code_of_other_client: INVALID_DEVICE_CODE,
  device_code_gone: INVALID_DEVICE_CODE,
  device_code_expired: { error: 'expired_token', description: 'The device code has expired; ask for another one.' },
  device_code_pending: { error: 'authorization_pending', description: 'The user has not decided yet.' },
  device_polls_too_fast: { error: 'slow_down', description: 'The device asks too often.' },
  device_denied: { error: 'access_denied', description: 'The user did not allow the request.' },
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
  target_not_permitted: INVALID_TARGET,
  target_no_identifier: {
    error: 'invalid_target',
    description: 'The target is named by the identifier of the resource, which is an absolute URL.',
  },
  scope_beyond_subject: INVALID_SCOPE,
  // Revocation and introspection.
  token_missing: { error: 'invalid_request', description: 'The token is missing.' },
  token_of_exchange: {
    error: 'unsupported_token_type',
    description: 'A token that came of an exchange is not revoked by itself; it ends with the access it came from.',
  },
  token_of_other_client: { error: 'invalid_grant', description: 'The token is not one of this client.' },
} as const satisfies RefusalTable;
