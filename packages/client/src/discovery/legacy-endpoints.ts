import type { AuthorizationServerMetadata } from './authorization-server.js';

/**
 * What a client of the revision 2025-03-26 assumes of a server that publishes no metadata at all: that it is its own
 * authorization server, with the endpoints at their default paths. PKCE is used all the same.
 */
export function assumeLegacyEndpoints(serverUrl: URL): AuthorizationServerMetadata {
  const { origin } = serverUrl;
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    revocationEndpoint: undefined,
    deviceAuthorizationEndpoint: undefined,
    pushedAuthorizationRequestEndpoint: undefined,
    isPushRequired: false,
    codeChallengeMethods: ['S256'],
    tokenEndpointAuthMethods: ['none', 'client_secret_post', 'client_secret_basic'],
    scopesSupported: [],
    grantTypesSupported: undefined,
    isIssParameterSupported: false,
    isClientIdMetadataDocumentSupported: false,
    dpopSigningAlgorithms: [],
    isAssumed: true,
  };
}
