import { issuerMetadataLocations } from '@portcullis/protocol';

/** Where the metadata of a protected resource may stand (RFC 9728 §3.1; MCP, Protected Resource Metadata Discovery): at
 * the path of the server, then at the root. */
export function protectedResourceMetadataUrls(serverUrl: URL): readonly string[] {
  const path = pathOf(serverUrl);
  const root = `${serverUrl.origin}/.well-known/oauth-protected-resource`;
  return path === '' ? [root] : [`${root}${path}`, root];
}

/** Where the metadata of an authorization server may stand (MCP, Authorization Server Metadata Discovery), in that order. */
export function authorizationServerMetadataUrls(issuer: URL): readonly string[] {
  return issuerMetadataLocations(issuer)
    .filter(({ isTriedByClients }) => isTriedByClients)
    .map(({ url }) => url);
}

/** Without the slash at its end (RFC 8414 §3.1). */
function pathOf(url: URL): string {
  return url.pathname.replace(/\/$/, '');
}
