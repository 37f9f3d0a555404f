/**
 * First path segments that are ours, or that later roles of the gate will need: no upstream may take one as its name,
 * since `/NAME/mcp` would then stand where one of our own endpoints does.
 */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  '.well-known',
  'account',
  'admin',
  'api',
  'assets',
  'authorize',
  'callback',
  'connect',
  'console',
  'consent',
  'debug',
  'device',
  'device_authorization',
  'events',
  'favicon.ico',
  'health',
  'healthz',
  'interaction',
  'introspect',
  'jwks',
  'livez',
  'login',
  'logout',
  'mcp',
  'message',
  'metrics',
  'oauth',
  'par',
  'readyz',
  'register',
  'revoke',
  'robots.txt',
  'scim',
  'sign-in',
  'sse',
  't',
  'token',
  'userinfo',
  'webhooks',
]);

/** What the name of an upstream (and of a tenant) looks like: it is a path segment, in one spelling only. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Why `name` cannot name an upstream, or undefined when it can. */
export function checkUpstreamName(name: string): string | undefined {
  if (!NAME_PATTERN.test(name)) {
    return 'a name has 1 to 63 characters of a-z, 0-9 and -, and starts with a letter or a digit';
  }
  if (RESERVED_SEGMENTS.has(name)) return `"${name}" is one of the gate's own paths; choose another name`;
  return undefined;
}
