/** Paths of the endpoints, as they appear in requests. All of them come from the issuer. */
export interface EndpointPaths {
  readonly authorize: string;
  /** RFC 9126 §2. */
  readonly pushedAuthorizationRequest: string;
  readonly interaction: string;
  readonly signIn: string;
  readonly consent: string;
  /** The page for people with a device (RFC 8628 §3.3). */
  readonly device: string;
  /** RFC 8628 §3.1. */
  readonly deviceAuthorization: string;
  readonly switchUser: string;
  readonly account: string;
  readonly accountDisconnect: string;
  readonly accountSignOut: string;
  readonly token: string;
  readonly revoke: string;
  readonly introspect: string;
  readonly register: string;
  /** The client configuration endpoint (RFC 7592 §2); the client is named in its query. */
  readonly clientConfiguration: string;
  readonly jwks: string;
  /** RFC 8414 §3.1: the well-known part goes between host and path. */
  readonly oauthMetadata: string;
  /** OpenID Connect Discovery §4 appends to the path; RFC 8414 §5 lets clients try the insertion as well. */
  readonly openidMetadata: readonly string[];
}

/** The paths under an issuer. */
export function buildEndpointPaths(issuer: URL): EndpointPaths {
  const base = issuer.pathname === '/' ? '' : issuer.pathname;
  const inserted = `/.well-known/openid-configuration${base}`;
  const appended = `${base}/.well-known/openid-configuration`;
  return {
    authorize: `${base}/authorize`,
    pushedAuthorizationRequest: `${base}/par`,
    interaction: `${base}/interaction`,
    signIn: `${base}/interaction/sign-in`,
    consent: `${base}/interaction/consent`,
    device: `${base}/device`,
    deviceAuthorization: `${base}/device_authorization`,
    switchUser: `${base}/interaction/switch-user`,
    account: `${base}/account`,
    accountDisconnect: `${base}/account/disconnect`,
    accountSignOut: `${base}/account/sign-out`,
    token: `${base}/token`,
    revoke: `${base}/revoke`,
    introspect: `${base}/introspect`,
    register: `${base}/register`,
    clientConfiguration: `${base}/register/client`,
    jwks: `${base}/jwks`,
    oauthMetadata: `/.well-known/oauth-authorization-server${base}`,
    openidMetadata: [...new Set([inserted, appended])],
  };
}
