import { parseScope } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';

const OFFLINE_ACCESS = 'offline_access';

/** The scopes of a challenge; none where it names none, or what it names is no scope. */
export function challengedScopes(scope: string | undefined): readonly string[] {
  const parsed = scope === undefined || scope === '' ? undefined : parseScope(scope);
  return parsed?.ok === true ? parsed.value : [];
}

/**
 * What a first sign-in asks for (MCP, Scope Selection Strategy): what the challenge names, else everything that the
 * resource lists, else nothing, which leaves it to the server; with what the caller always wants.
 */
export function initialScopes(
  challenged: readonly string[],
  supported: readonly string[] | undefined,
  wanted: readonly string[],
): readonly string[] {
  return union(challenged.length > 0 ? challenged : (supported ?? []), wanted);
}

/**
 * The same where no person is asked: what the caller wants, and nothing else. The server may list scopes that this client
 * was never given, and there is nobody who could leave them out.
 */
export function machineScopes(
  challenged: readonly string[],
  supported: readonly string[] | undefined,
  wanted: readonly string[],
): readonly string[] {
  return wanted.length > 0 ? union(wanted, []) : initialScopes(challenged, supported, []);
}

/**
 * `offline_access` beside the rest, where the authorization server knows it: it is how some give out refresh tokens. Never
 * where it would be all that is asked for, which would shut the defaults out.
 */
export function withOfflineAccess(
  scopes: readonly string[],
  server: Pick<AuthorizationServerMetadata, 'scopesSupported'>,
): readonly string[] {
  return scopes.length > 0 && server.scopesSupported.includes(OFFLINE_ACCESS)
    ? union(scopes, [OFFLINE_ACCESS])
    : scopes;
}

/** Each once, in order. */
export function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
