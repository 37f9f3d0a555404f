import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ServerBinding } from '../stores/records.js';
import type { SdkDiscoveryState } from './sdk-shapes.js';

/** The authorization server of a server, and what tokens of it are kept under. */
export interface Target {
  readonly server: AuthorizationServerMetadata;
  readonly place: ServerBinding;
  /** `scopes_supported` of the protected resource. */
  readonly resourceScopes: readonly string[] | undefined;
}

/**
 * What an SDK is told of a target: what was checked, and nothing else. Made anew at each call, so that an SDK that comes back
 * with the metadata says which target it means.
 *
 * Says nothing of PKCE and of client authentication: both are seen to here, and an SDK would judge by less.
 *
 * @throws {OAuthClientError} `discovery_failed` where an endpoint is missing
 */
export function buildDiscoveryState({ server, place, resourceScopes }: Target): SdkDiscoveryState {
  const { issuer, authorizationEndpoint, tokenEndpoint } = server;
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) {
    throw new OAuthClientError(
      'discovery_failed',
      'The authorization server metadata name no authorization endpoint, or no token endpoint.',
    );
  }
  return {
    authorizationServerUrl: issuer,
    authorizationServerMetadata: {
      issuer,
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoint,
      response_types_supported: ['code'],
      scopes_supported: [...server.scopesSupported],
      authorization_response_iss_parameter_supported: server.isIssParameterSupported,
    },
    resourceMetadata: {
      resource: place.resource,
      authorization_servers: [issuer],
      ...(resourceScopes === undefined ? {} : { scopes_supported: [...resourceScopes] }),
    },
  };
}
