/** Paths of the endpoints, as they appear in requests. All of them come from the issuer. */
export interface EndpointPaths {
  readonly authorize: string;
  readonly interaction: string;
  readonly signIn: string;
  readonly consent: string;
  readonly switchUser: string;
  readonly account: string;
  readonly accountDisconnect: string;
  readonly accountSignOut: string;
  readonly token: string;
  readonly revoke: string;
  readonly introspect: string;
  readonly register: string;
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
    interaction: `${base}/interaction`,
    signIn: `${base}/interaction/sign-in`,
    consent: `${base}/interaction/consent`,
    switchUser: `${base}/interaction/switch-user`,
    account: `${base}/account`,
    accountDisconnect: `${base}/account/disconnect`,
    accountSignOut: `${base}/account/sign-out`,
    token: `${base}/token`,
    revoke: `${base}/revoke`,
    introspect: `${base}/introspect`,
    register: `${base}/register`,
    jwks: `${base}/jwks`,
    oauthMetadata: `/.well-known/oauth-authorization-server${base}`,
    openidMetadata: [...new Set([inserted, appended])],
  };
}
