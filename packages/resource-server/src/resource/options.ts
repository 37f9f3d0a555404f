import type { AuditSink, Platform } from '@portcullis/ports';
import type { Issuer, JsonValue, ResourceIdentifier, ScopeWithImplied, TenantId } from '@portcullis/protocol';
import { DEFAULT_TENANT, parseResourceIdentifier } from '@portcullis/protocol';
import type { CustomIssuer, TrustedIssuer } from '../issuers/trusted-issuer.js';
import type { VerificationKeys } from '../keys/verification-keys.js';
import type { RevocationFollower } from '../revocation-follower.js';
import { checkIssuers } from './check-issuers.js';
import { checkAudit, checkOptionNames, checkTenantId, readScopes } from './check-options.js';
import { defaultPlatform } from './default-platform.js';
import { quietSink } from './faults.js';
import { checkKnownScope, checkScopeNames } from './tool-scopes.js';

/**
 * An authorization server whose tokens are good: by its issuer identifier alone (tokens as RFC 9068 has them, keys where
 * its metadata say), as a preset describes it, or with a verifier of the host's own.
 */
export type AuthorizationServerChoice = Issuer | TrustedIssuer | CustomIssuer;

/** What the resources of all tenants share. Not for hosts. */
export interface SharedParts {
  /** The keys of an issuer that is shared; undefined for any other. */
  readonly keysOf?: (issuer: TrustedIssuer) => VerificationKeys | undefined;
}

/** What {@link protectResource} is told. */
export interface ProtectResourceOptions {
  /** The identifier that tokens name in `aud`: the URL that clients call, as they write it (RFC 8707 §2). */
  readonly resource: ResourceIdentifier;
  /** At least one. */
  readonly authorizationServers: readonly AuthorizationServerChoice[];
  /**
   * `scopes_supported`: what a client should ask for to begin with (MCP, Scope Selection Strategy), and which scopes a
   * scope implies. Where `requiredScopes` has none, a client without a scope in its challenge asks for all of these. So what
   * single tools or methods need is not added to it: a call names that in its own challenge.
   * Where it is given, it names every scope that is needed anywhere: one that is not on it is taken for misspelt. A server
   * whose list is longer than a first sign-in needs says in `requiredScopes` what that is: its challenges name those.
   * Where there are none the metadata has no `scopes_supported`. @defaultValue what `requiredScopes` names
   */
  readonly scopes?: readonly (string | ScopeWithImplied)[];
  /** What every request needs. @defaultValue nothing but a valid token */
  readonly requiredScopes?: readonly string[];
  /** What a call of each tool needs besides. More may be declared later: `tools` of the resource. */
  readonly tools?: Readonly<Record<string, readonly string[]>>;
  /** What each JSON-RPC method needs besides, by its exact name. */
  readonly methods?: Readonly<Record<string, readonly string[]>>;
  /** For people (`resource_name`). */
  readonly resourceName?: string;
  /** Further members of the metadata, by their wire names. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /**
   * Where this host sees the requests that clients send to `resource`, when something in between changes the path. All
   * that lies beneath is guarded as well. @defaultValue the path of `resource`
   */
  readonly path?: string;
  /**
   * Web origins whose scripts may call, or `'*'` for any. The resource's own always may.
   * @defaultValue none; on a loopback resource, every page of this computer
   */
  readonly allowedOrigins?: readonly string[] | '*';
  /** Tokens must be of this tenant, so every issuer needs a preset that knows tenants. @defaultValue whatever tenant the verifier finds */
  readonly tenantId?: TenantId;
  /** An async `record` is not waited for; what it throws goes to `onFault`. @defaultValue no trail */
  readonly audit?: AuditSink;
  /** Reaches the configured addresses: metadata, keys, introspection. @defaultValue the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** @defaultValue the runtime's own clock, random source and SHA-256 */
  readonly platform?: Platform;
  /** Marks of revoked tokens, where the authorization server shares them. @defaultValue tokens are good until they expire */
  readonly revocations?: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
  /** Accepted skew on `exp`, `nbf` and `iat`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered: from 1 to 10,000,000. @defaultValue 10000 */
  readonly cacheSize?: number;
  /** Takes what a person should know at start: proofs of the recipient that are weak. @defaultValue `console.warn` */
  readonly onWarning?: (warning: string) => void;
  /** Takes what should not have been thrown, by a verifier or a sink. Clients get 503. @defaultValue nobody */
  readonly onFault?: (error: unknown, correlationId: string | undefined) => void;
}

/** Room for each is made at the start: beyond this a process would run out of memory before it had served anybody. */
const MAX_CACHE_SIZE = 10_000_000;

/** {@link ProtectResourceOptions}, checked, with nothing left open. */
export interface ResourceSettings extends SharedParts {
  readonly resource: ResourceIdentifier;
  readonly authorizationServers: readonly AuthorizationServerChoice[];
  readonly issuers: readonly Issuer[];
  readonly scopes: readonly ScopeWithImplied[];
  readonly requiredScopes: readonly string[];
  /** The names that `scopes` has, all that may be needed; undefined where it was not given. */
  readonly knownScopes: ReadonlySet<string> | undefined;
  readonly methods: ReadonlyMap<string, readonly string[]>;
  readonly path: string;
  readonly tenantId: TenantId | undefined;
  /** The tenant of all events. */
  readonly trailTenantId: TenantId;
  /** Never throws. */
  readonly audit: AuditSink;
  readonly fetch: typeof globalThis.fetch;
  readonly platform: Platform;
  readonly revocations: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
  readonly clockToleranceSeconds: number;
  readonly cacheSize: number;
  readonly onWarning: (warning: string) => void;
  readonly onFault: (error: unknown, correlationId: string | undefined) => void;
}

/**
 * Checks what was given and fills in the defaults.
 *
 * @throws {TypeError} says what is wrong, and what to write instead
 */
export function resolveSettings(options: ProtectResourceOptions & SharedParts): ResourceSettings {
  checkOptionNames('protectResource', options);
  const resource = checkResource(options.resource);
  const { authorizationServers, tenantId } = options;
  checkTenantId(tenantId);
  checkAudit(options.audit);
  const issuers = checkIssuers(authorizationServers, tenantId);
  const requiredScopes = [...checkScopeNames(options.requiredScopes ?? [], 'requiredScopes')];
  const scopes = readScopes(options.scopes ?? requiredScopes);
  const methods = Object.entries(options.methods ?? {}).map(
    ([name, needed]) => [name, [...checkScopeNames(needed, name)]] as const,
  );
  const knownScopes = options.scopes === undefined ? undefined : new Set(scopes.map(({ name }) => name));
  for (const scope of requiredScopes) checkKnownScope(scope, 'requiredScopes', knownScopes);
  for (const [name, needed] of methods) for (const scope of needed) checkKnownScope(scope, name, knownScopes);
  for (const { name, implies = [] } of scopes) {
    for (const scope of implies) checkKnownScope(scope, `What "${name}" implies`, knownScopes);
  }
  const clockToleranceSeconds = options.clockToleranceSeconds ?? 30;
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= 600)) {
    throw new TypeError('clockToleranceSeconds must be between 0 and 600');
  }
  const cacheSize = options.cacheSize ?? 10_000;
  if (!(Number.isInteger(cacheSize) && cacheSize >= 1 && cacheSize <= MAX_CACHE_SIZE)) {
    throw new TypeError(`cacheSize must be a whole number from 1 to ${MAX_CACHE_SIZE}`);
  }
  const onFault = options.onFault ?? (() => undefined);
  return {
    resource,
    authorizationServers,
    issuers,
    scopes,
    requiredScopes,
    knownScopes,
    methods: new Map(methods),
    path: checkPath(options.path) ?? new URL(resource).pathname,
    tenantId,
    trailTenantId: tenantId ?? DEFAULT_TENANT,
    audit: quietSink(options.audit ?? { record: () => undefined }, onFault),
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    platform: options.platform ?? defaultPlatform(),
    revocations: options.revocations ?? { isBlind: () => false, isRevoked: () => false },
    ...(options.keysOf === undefined ? {} : { keysOf: options.keysOf }),
    clockToleranceSeconds,
    cacheSize,
    // biome-ignore lint/suspicious/noConsole: the one place where a host that gave nothing can be told
    onWarning: options.onWarning ?? ((warning) => console.warn(warning)),
    onFault,
  };
}

function checkResource(resource: unknown): ResourceIdentifier {
  if (resource instanceof URL) {
    throw new TypeError(`resource is a URL object: write the text that clients send, '${resource.href}'`);
  }
  if (typeof resource !== 'string' || resource === '') {
    throw new TypeError("resource is missing: write the URL that clients call, such as 'https://mcp.example.com/mcp'");
  }
  const parsed = parseResourceIdentifier(resource);
  if (parsed.ok) return parsed.value;
  const what = JSON.stringify(resource);
  switch (parsed.failure) {
    case 'malformed':
      throw new TypeError(`resource ${what} is no absolute URL: write one such as 'https://mcp.example.com/mcp'`);
    case 'plain_http':
      throw new TypeError(`resource ${what} is not https, which only a loopback host may be: write 'https://…'`);
    case 'not_canonical': {
      const { origin, pathname, search } = new URL(resource);
      throw new TypeError(
        `resource ${what} is not as clients send it: write ${JSON.stringify(origin + pathname + search)}`,
      );
    }
  }
}

function checkPath(path: string | undefined): string | undefined {
  if (path === undefined || /^\/[^?#]*$/.test(path)) return path;
  throw new TypeError(`path ${JSON.stringify(path)} is no path: write '/mcp'`);
}
