import type { AuditSink, Platform } from '@portcullis/ports';
import type { Issuer, ResourceIdentifier, ScopeWithImplied, TenantId } from '@portcullis/protocol';
import { DEFAULT_TENANT, parseResourceIdentifier } from '@portcullis/protocol';
import { type DpopSettings, resolveDpop } from '../possession/dpop-options.js';
import type { RevocationFollower } from '../revocation-follower.js';
import { DEFAULT_CLOCK_TOLERANCE_SECONDS } from '../verification/token-times.js';
import { checkBoundTokens, checkIssuers } from './check-issuers.js';
import { checkAudit, checkOptionNames, checkTenantId, readScopes } from './check-options.js';
import { defaultPlatform } from './default-platform.js';
import { quietSink } from './faults.js';
import type { AuthorizationServerChoice, ProtectResourceOptions, SharedParts } from './options.js';
import { checkKnownScope, checkScopeNames } from './tool-scopes.js';

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
  readonly dpop: DpopSettings;
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
  const clockToleranceSeconds = options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS;
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= 600)) {
    throw new TypeError('clockToleranceSeconds must be between 0 and 600');
  }
  const cacheSize = options.cacheSize ?? 10_000;
  if (!(Number.isInteger(cacheSize) && cacheSize >= 1 && cacheSize <= MAX_CACHE_SIZE)) {
    throw new TypeError(`cacheSize must be a whole number from 1 to ${MAX_CACHE_SIZE}`);
  }
  const platform = options.platform ?? defaultPlatform();
  const dpop = resolveDpop(options.dpop, new URL(resource).origin, platform);
  checkBoundTokens(authorizationServers, dpop);
  const onFault = options.onFault ?? (() => undefined);
  return {
    resource,
    authorizationServers,
    issuers,
    scopes,
    requiredScopes,
    knownScopes,
    methods: new Map(methods),
    dpop,
    path: checkPath(options.path) ?? new URL(resource).pathname,
    tenantId,
    trailTenantId: tenantId ?? DEFAULT_TENANT,
    audit: quietSink(options.audit ?? { record: () => undefined }, onFault),
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    platform,
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
