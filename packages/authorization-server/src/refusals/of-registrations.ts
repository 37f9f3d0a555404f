import { TOKEN_ENDPOINT_AUTH_METHODS } from '@portcullis/protocol/client-metadata';
import { type RefusalTable, TRY_AGAIN } from './refusal-entry.js';

const INVALID_TOKEN = {
  error: 'invalid_token',
  description: 'The registration access token is not valid.',
  status: 401,
} as const;

/** Registrations of clients (RFC 7591), and what they want of them later (RFC 7592). */
export const REGISTRATION_REFUSALS = {
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
  metadata_too_slow: {
    error: 'invalid_client_metadata',
    description: 'The client metadata took too long to come.',
    status: 408,
  },
  metadata_wrong_media_type: {
    error: 'invalid_client_metadata',
    description: 'The content type must be application/json.',
    status: 415,
  },
  metadata_encoded: {
    error: 'invalid_client_metadata',
    description: 'The client metadata must come without a content coding.',
    status: 415,
  },
  redirect_uris_malformed: {
    error: 'invalid_redirect_uri',
    description: 'The redirect_uris must be a list of 1 to 20 URIs.',
  },
  redirect_uris_refused: { error: 'invalid_redirect_uri', description: 'None of the redirect_uris is allowed.' },
  // Registration management.
  registration_token_missing: INVALID_TOKEN,
  registration_token_unknown: INVALID_TOKEN,
  registration_token_of_other_client: INVALID_TOKEN,
  registration_client_missing: INVALID_TOKEN,
  registration_client_id_mismatch: invalidMetadata('The client_id must be the one of this registration.'),
  registration_client_secret_mismatch: invalidMetadata('The client_secret is not the one of this registration.'),
  registration_member_not_changeable: invalidMetadata(
    'What this server issued cannot be sent back to it: registration_access_token, registration_client_uri, client_id_issued_at and client_secret_expires_at.',
  ),
  registration_busy: TRY_AGAIN,
} as const satisfies RefusalTable;

/** Which member is wrong, and how: whoever registers is a program, and its author has nothing else to go by. */
function invalidMetadata<Description extends string>(description: Description) {
  return { error: 'invalid_client_metadata', description } as const;
}
