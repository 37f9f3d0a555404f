/** What a judge can find wrong with a client: a word for each, and what it says. Every one has a client that earns it. */
export const FINDINGS = {
  not_served: 'A call was not answered where nothing stood in the way.',

  state_missing: 'An authorization request had no `state`.',
  state_unchecked: 'A code was redeemed that came with another `state`, or none.',
  state_reused: 'Two authorization requests had one `state`.',
  foreign_response_ends_sign_in: 'A response that belongs to no sign-in ended one.',
  iss_unchecked: 'A code was redeemed that came from another issuer, or did not say from which.',
  foreign_error_shown: 'What another issuer wrote into a response was told to the user.',
  pkce_missing: 'An authorization request had no `code_challenge`.',
  pkce_plain: 'An authorization request had a method other than S256.',
  missing_pkce_support_ignored: 'Somebody was led to sign in at a server that does not say that it knows S256.',
  verifier_wrong: 'A code was redeemed without the verifier of its challenge.',
  verifier_reused: 'Two authorization requests had one challenge.',
  verifier_in_url: 'The verifier stood in an authorization request.',
  redirect_uri_differs: 'A code was redeemed with another `redirect_uri` than it was asked for with.',
  resource_at_authorize: 'The `resource` of an authorization request is not that of the metadata, or missing.',
  resource_at_token: 'The same, where a code is redeemed.',
  resource_at_refresh: 'The same, at a refresh.',
  foreign_resource_believed: 'Somebody was led to sign in by metadata that speak for another resource.',
  foreign_issuer_believed: 'Somebody was led to sign in by metadata that name another issuer.',
  asked_again_after_no: 'A person who had said no was asked again for calls that had waited for the same answer.',
  authorization_without_end: 'One call led to more than three authorizations.',

  token_to_other_origin: 'An access token was sent to another origin than that of its server.',
  token_to_sibling_path: 'An access token was sent to another path of the origin of its server.',
  token_to_other_resource: 'An access token was sent to another protected resource than the one it is for.',
  token_to_authorization_server: 'An access token was sent to an authorization server, other than to end it.',
  token_after_redirect: 'An access token went along a redirect out of its resource.',
  code_to_other_place: 'A code was sent elsewhere than to the token endpoint of its issuer.',
  secret_to_other_issuer: 'What proves the client at one authorization server was sent to another one.',
  refresh_token_to_other_issuer: 'A refresh token was sent to another authorization server than its own.',
  assertion_audience: 'A client assertion is not for its issuer alone.',
  assertion_long_lived: 'A client assertion is good for more than a minute.',
  assertion_reused: 'Two client assertions have one `jti`.',
  internal_address_reached: 'An address inside the network was connected to because a server named it.',

  refresh_not_shared: 'Calls that found one token ended led to more than one refresh.',
  old_refresh_token_used: 'A refresh token was used that had been replaced.',
  tokens_dropped_on_5xx: 'Somebody had to sign in because a server was in trouble for a while.',
  retry_after_ignored: 'A server was asked again before it wanted to be.',
  dead_refresh_token_used_again: 'A refresh token was sent again after it was refused for good.',
  registered_again: 'A client registered again though its registration was good.',
  expired_token_sent: 'An access token was sent after its end.',

  refresh_token_not_revoked: 'Signing out left the refresh token in force.',
  access_token_not_revoked: 'Signing out left the access token in force.',
  access_token_revoked_first: 'Signing out ended the access token before the refresh token, which makes new ones.',
  token_kept_after_sign_out: 'An access token was sent after signing out.',

  store_readable_by_others: 'A file of the store can be read by other users.',
  secret_in_plain: 'A token stands in a file of a store that has a key.',
  key_beside_records: 'The key of the store stands in the store.',
} as const;

/** One of {@link FINDINGS}. */
export type Finding = keyof typeof FINDINGS;
