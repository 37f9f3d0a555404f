/** The error codes that are sent, each as the specification named here defines it. */
export const OAUTH_ERROR_CODES = {
  invalid_request: 'OAuth 2.1 §3.2.4, §4.1.2.1',
  invalid_client: 'OAuth 2.1 §3.2.4',
  invalid_grant: 'OAuth 2.1 §3.2.4',
  unauthorized_client: 'OAuth 2.1 §3.2.4, §4.1.2.1',
  unsupported_grant_type: 'OAuth 2.1 §3.2.4',
  unsupported_response_type: 'OAuth 2.1 §4.1.2.1',
  invalid_scope: 'OAuth 2.1 §3.2.4, §4.1.2.1',
  access_denied: 'OAuth 2.1 §4.1.2.1',
  server_error: 'OAuth 2.1 §4.1.2.1',
  temporarily_unavailable: 'OAuth 2.1 §4.1.2.1',
  invalid_target: 'RFC 8707 §2',
  invalid_request_uri: 'RFC 9126 §2.3, OpenID Connect Core §3.1.2.6',
  invalid_dpop_proof: 'RFC 9449 §5',
  use_dpop_nonce: 'RFC 9449 §8',
  authorization_pending: 'RFC 8628 §3.5',
  slow_down: 'RFC 8628 §3.5',
  expired_token: 'RFC 8628 §3.5',
  unsupported_token_type: 'RFC 7009 §2.2.1',
  invalid_token: 'RFC 6750 §3.1, RFC 7592 §2',
  login_required: 'OpenID Connect Core §3.1.2.6',
  consent_required: 'OpenID Connect Core §3.1.2.6',
  request_not_supported: 'OpenID Connect Core §3.1.2.6',
  invalid_redirect_uri: 'RFC 7591 §3.2.2',
  invalid_client_metadata: 'RFC 7591 §3.2.2',
  invalid_software_statement: 'RFC 7591 §3.2.2',
  unapproved_software_statement: 'RFC 7591 §3.2.2',
} as const;

/** An error code as it travels. */
export type OauthErrorCode = keyof typeof OAUTH_ERROR_CODES;
