import type { ResourceDefinition } from '@portcullis/ports';
import { CLIENT_ASSERTION_ALGORITHMS, CODE_CHALLENGE_METHOD, ID_JAG_GRANT_PROFILE } from '@portcullis/protocol';
import { TOKEN_ENDPOINT_AUTH_METHODS } from '@portcullis/protocol/client-metadata';
import { DPOP_SIGNING_ALGORITHMS } from '@portcullis/protocol/dpop-proof';
import { RESOURCE_SERVER_AUTH_METHODS } from './checks/resource-server-authentication.js';
import type { EndpointPaths } from './endpoint-urls.js';
import { TOKEN_GRANTS } from './grants/index.js';
import type { Settings } from './settings.js';

/** The authorization server metadata (RFC 8414 §2). Every URL comes from the issuer. */
export function buildMetadata(
  settings: Settings,
  paths: EndpointPaths,
  resources: readonly ResourceDefinition[],
): object {
  const { origin } = settings.issuerUrl;
  const scopes = resources.flatMap((resource) => resource.scopes.map((scope) => scope.name));
  return {
    issuer: settings.issuer,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    device_authorization_endpoint: origin + paths.deviceAuthorization,
    revocation_endpoint: origin + paths.revoke,
    introspection_endpoint: origin + paths.introspect,
    ...(settings.dynamicRegistration ? { registration_endpoint: origin + paths.register } : {}),
    pushed_authorization_request_endpoint: origin + paths.pushedAuthorizationRequest,
    require_pushed_authorization_requests: settings.pushedAuthorizationRequests === 'required',
    jwks_uri: origin + paths.jwks,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: TOKEN_GRANTS.filter((grant) => grant.isOffered?.(settings) !== false).map(
      (grant) => grant.grantType,
    ),
    ...(settings.assertionIssuers.some(({ kind }) => kind === 'identity_provider')
      ? { authorization_grant_profiles_supported: [ID_JAG_GRANT_PROFILE] }
      : {}),
    code_challenge_methods_supported: [CODE_CHALLENGE_METHOD],
    token_endpoint_auth_methods_supported: TOKEN_ENDPOINT_AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: TOKEN_ENDPOINT_AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: RESOURCE_SERVER_AUTH_METHODS,
    dpop_signing_alg_values_supported: DPOP_SIGNING_ALGORITHMS,
    authorization_response_iss_parameter_supported: true,
    ...(settings.metadataDocuments === undefined ? {} : { client_id_metadata_document_supported: true }),
    scopes_supported: [...new Set([...scopes, 'offline_access'])],
  };
}

/**
 * The same for clients that look for OpenID Connect Discovery (§3) and insist on its members. No ID token is ever
 * issued: the scope `openid` is not offered. The algorithm is that of the access tokens, so that what is said of signatures
 * is at least true of ours.
 *
 * `request_uri_parameter_supported` is about request objects at an address of the client's, and true where it is left out (§3):
 * there are none here. A `request_uri` of `/par` is good whatever it says (RFC 9126 §5). RFC 8414 has no such member.
 */
export function buildOpenidMetadata(metadata: object, { signing }: Pick<Settings, 'signing'>): object {
  return {
    ...metadata,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signing.algorithm],
    request_uri_parameter_supported: false,
  };
}
