const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/**
 * Whether the authority of a request target in absolute form and the `Host` header beside it name the same host and port:
 * without regard to case, and a default port may be written or left out (RFC 3986 §6.2.2.1, §6.2.3). Nothing else is
 * folded: a user, a dot at the end or an escape makes another one.
 *
 * @param scheme - of the target: `http` or `https`, in lower case
 */
export function isSameAuthority(scheme: string, authority: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const port = DEFAULT_PORTS[scheme] ?? '';
  return authority === host || fold(authority, port) === fold(host, port);
}

function fold(authority: string, defaultPort: string): string {
  const folded = authority.toLowerCase();
  return folded.endsWith(defaultPort) ? folded.slice(0, folded.length - defaultPort.length) : folded;
}
