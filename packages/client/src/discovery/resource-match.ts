import { parseUrl } from '@portcullis/protocol';
/**
 * Whether metadata that name `resource` may speak for the server at `serverUrl`: it is the same, or an ancestor at the
 * same origin by whole path segments (RFC 9728 §3.3; MCP, canonical server URI). `/mc` is no ancestor of `/mcp`, and a
 * server never speaks for what lies beside or below it. Neither has a query of its own that would be given up.
 */
export function isResourceOf(resource: string, serverUrl: URL): boolean {
  const named = resource.includes('#') ? undefined : parseUrl(resource);
  if (named === undefined) return false;
  if (named.username !== '' || named.password !== '' || named.origin !== serverUrl.origin) return false;
  if (named.search !== '') return named.pathname === serverUrl.pathname && named.search === serverUrl.search;
  const ancestor = named.pathname.replace(/\/$/, '');
  const path = serverUrl.pathname.replace(/\/$/, '');
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
