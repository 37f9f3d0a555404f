/** Where the metadata of a protected resource may stand (RFC 9728 §3.1; MCP, Protected Resource Metadata Discovery): at
 * the path of the server, then at the root. */
export function protectedResourceMetadataUrls(serverUrl: URL): readonly string[] {
  const path = pathOf(serverUrl);
  const root = `${serverUrl.origin}/.well-known/oauth-protected-resource`;
  return path === '' ? [root] : [`${root}${path}`, root];
}

/**
 * Where the metadata of an authorization server may stand (MCP, Authorization Server Metadata Discovery). With a path:
 * RFC 8414 by insertion, OpenID Connect by insertion, then OpenID Connect appended; without: both at the root.
 */
export function authorizationServerMetadataUrls(issuer: URL): readonly string[] {
  const path = pathOf(issuer);
  const oauth = `${issuer.origin}/.well-known/oauth-authorization-server${path}`;
  const openId = `${issuer.origin}/.well-known/openid-configuration${path}`;
  return path === '' ? [oauth, openId] : [oauth, openId, `${issuer.origin}${path}/.well-known/openid-configuration`];
}

/** Without the slash at its end (RFC 8414 §3.1). */
function pathOf(url: URL): string {
  return url.pathname.replace(/\/$/, '');
}
