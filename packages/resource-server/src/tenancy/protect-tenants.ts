import { LRUCache } from 'lru-cache';
import type { DpopOptions } from '../possession/dpop-options.js';
import { createReplayMemory } from '../possession/replay-memory.js';
import { checkChoice } from '../resource/check-issuers.js';
import { checkOptionNames } from '../resource/check-options.js';
import { report } from '../resource/faults.js';
import type { ProtectResourceOptions, SharedParts } from '../resource/options.js';
import { protectResource } from '../resource/protect-resource.js';
import type { Admission, PresentedRequest, ProtectedResource } from '../resource/protected-resource.js';
import { resolveSettings } from '../resource/settings.js';
import { ToolScopes } from '../resource/tool-scopes.js';
import { Trail } from '../resource/trail.js';
import { createSharedKeys } from './shared-keys.js';
import { bindToTenant, checkSharedIssuer, type TenantIssuer } from './tenant-binding.js';
import type { ProtectedTenants, ProtectTenantsOptions } from './tenant-options.js';
import { TenantRefusals } from './tenant-refusals.js';
import { parseTenantTemplate } from './tenant-route.js';

/** Stand for a tenant and its issuer, while what all have in common is checked. */
const SAMPLE = { name: 'sample', issuer: 'https://issuer.example' } as const;

const ELSEWHERE: Admission = { outcome: 'elsewhere' };

/**
 * {@link protectResource} for one server of many tenants. Each has its own resource identifier, metadata, issuers and
 * verified tokens, and the tenant of a request is the one of its route and of nothing else. What `tenant` answers holds for
 * that tenant, everything else for all. A token has to be of that tenant: a good one of another tenant fails as
 * `wrong_tenant`, with the same 401 as any unknown token. An unknown tenant, or a spelling that only looks like a route, is
 * answered with 404 and never goes on to the host's own routes.
 *
 * What all tenants have in common is checked at once. Tenants are made ready at their first request: there, options of one
 * tenant that are wrong are a 503, told to `onFault`. Names that are none leave nothing behind.
 *
 * @example
 * ```ts
 * const tenants = protectTenants({
 *   resource: 'https://mcp.example.com/t/{tenant}/mcp',
 *   tenant: async (name) => await directory.find(name),   // { authorizationServers: […] }, or undefined
 * });
 * app.use(expressGuard(tenants));
 * ```
 * @throws {TypeError} where the template has no place for a tenant, an issuer of all tenants is only named, a tool is
 *   declared twice with different scopes, or an option would be refused by {@link protectResource}
 */
export function protectTenants(options: ProtectTenantsOptions): ProtectedTenants {
  checkTenantOptions(options);
  const { resource: template, tenant: findTenant, maxTenants = 1000, tools, ...rest } = options;
  const { authorizationServers: shared = [], ...common } = rest;
  const route = parseTenantTemplate(template);
  for (const choice of shared) checkSharedIssuer(choice);
  if (!Number.isSafeInteger(maxTenants) || maxTenants < 1)
    throw new TypeError('maxTenants must be a whole number from 1');
  const sample = sampleOf(options, route.resourceOf(SAMPLE.name));
  const settings = resolveSettings(sample);
  const refusals = new TenantRefusals(
    new Trail({ ...settings, resource: template }),
    sample.resource,
    options.allowedOrigins,
  );
  const keysOf = createSharedKeys(shared, settings);
  const ready = new LRUCache<string, ProtectedResource>({ max: maxTenants });
  const underWay = new Map<string, Promise<ProtectedResource | undefined>>();
  // Of all tenants, and not of each: they outlive a resource that is forgotten and made anew within the minute of a proof, and
  // clients have one nonce for all tenants of an origin.
  const sharedDpop = { replayMemory: createReplayMemory(), nonceSecret: settings.platform.random.bytes(32) };
  const known = new ToolScopes({}, settings.knownScopes);
  const declared = new Map<string, readonly string[]>();

  function declare(name: string, scopes: readonly string[]): void {
    known.declare(name, scopes);
    declared.set(name, scopes);
    for (const resource of ready.values()) resource.tools.declare(name, scopes);
  }
  for (const [name, scopes] of Object.entries(tools ?? {})) declare(name, scopes);

  /** @param isWanted - false where the tenant was forgotten in the meantime */
  async function build(name: string, isWanted: () => boolean): Promise<ProtectedResource | undefined> {
    const found = await findTenant(name);
    // A table of tenants answers a function for `constructor`.
    if (typeof found !== 'object' || found === null) return undefined;
    const tenantId = found.tenantId ?? name;
    const isOfAnotherTenant = (audience: string): boolean => ![undefined, name].includes(route.tenantOf(audience));
    const bind = (isShared: boolean) => (choice: TenantIssuer) =>
      bindToTenant(choice, { tenantId, isShared, isOfAnotherTenant });
    const own = found.authorizationServers ?? [];
    for (const choice of own) checkChoice(choice);
    const ofTenant: ProtectResourceOptions & SharedParts = {
      ...common,
      ...found,
      resource: route.resourceOf(name),
      tenantId,
      dpop: joinDpop(sharedDpop, common.dpop, found.dpop),
      authorizationServers: [...own.map(bind(false)), ...shared.map(bind(true))],
      keysOf,
    };
    const made = protectResource(ofTenant);
    // In one go, so that no tool that is declared meanwhile is missed.
    for (const [tool, scopes] of declared) made.tools.declare(tool, scopes);
    if (isWanted()) ready.set(name, made);
    return made;
  }

  async function load(name: string): Promise<ProtectedResource | undefined> {
    const loaded = ready.get(name) ?? underWay.get(name);
    if (loaded !== undefined) return loaded;
    const building: Promise<ProtectedResource | undefined> = build(name, () => underWay.get(name) === building);
    underWay.set(name, building);
    try {
      return await building;
    } finally {
      if (underWay.get(name) === building) underWay.delete(name);
    }
  }

  async function admitFirst(name: string, request: PresentedRequest): Promise<Admission> {
    let resource: ProtectedResource | undefined;
    try {
      resource = await load(name);
    } catch (error) {
      report(settings.onFault, error, request.correlationId);
      return refusals.refuse('tenant_unavailable', request, name);
    }
    if (resource === undefined) return refusals.refuse('unknown_tenant', request, name);
    return neverElsewhere(await resource.admit(request), request, name);
  }

  /** What lies on a tenant's route is never left to the host's own routes, where nothing would be guarded. */
  function neverElsewhere(admission: Admission, request: PresentedRequest, name: string): Admission {
    return admission.outcome === 'elsewhere' ? refusals.refuse('outside_tenant', request, name) : admission;
  }

  return {
    tools: { declare },
    covers: route.covers,
    admit(request) {
      const found = route.find(request);
      if (found.kind === 'elsewhere') {
        return request.isForResource === true ? refusals.refuse('outside_tenant', request) : ELSEWHERE;
      }
      if (found.kind === 'unclear') return refusals.refuse('unclear_tenant', request);
      const { name } = found;
      const admission = ready.get(name)?.admit(request);
      if (admission === undefined) return admitFirst(name, request);
      return 'outcome' in admission
        ? neverElsewhere(admission, request, name)
        : admission.then((decided) => neverElsewhere(decided, request, name));
    },
    reportFault: (error, correlationId) => report(settings.onFault, error, correlationId),
    resourceOf: async (name) => (route.tenantOf(route.resourceOf(name)) === name ? load(name) : undefined),
    forget(name) {
      ready.delete(name);
      underWay.delete(name);
    },
  };
}

/** The later ones win, where they say something: undefined takes nothing away that was said before. */
function joinDpop(...parts: readonly (DpopOptions | undefined)[]): DpopOptions {
  return Object.fromEntries(
    parts.flatMap((part) => Object.entries(part ?? {}).filter(([, value]) => value !== undefined)),
  );
}

/** @throws {TypeError} for an option that there is not, or one that is of a single tenant */
function checkTenantOptions(options: ProtectTenantsOptions): void {
  const { tenant, maxTenants: _, ...common } = options ?? {};
  checkOptionNames('protectTenants', options === undefined ? undefined : common);
  for (const name of ['tenantId', 'path', 'keysOf']) {
    if (Object.hasOwn(common, name))
      throw new TypeError(`protectTenants has no option "${name}": it follows from the route`);
  }
  if (typeof tenant !== 'function') {
    throw new TypeError('tenant is missing: write (name) => ({ authorizationServers: […] }), or undefined for none');
  }
}

/**
 * What all tenants have in common as the options of one, which a resource was made of: nothing that it would refuse waits
 * for the first request. Nobody hears of that resource.
 */
function sampleOf(options: ProtectTenantsOptions, resource: string): ProtectResourceOptions {
  const { tenant, maxTenants, ...common } = options;
  const { authorizationServers: shared = [] } = options;
  const sample = { ...common, resource, authorizationServers: shared.length === 0 ? [SAMPLE.issuer] : shared };
  protectResource({ ...sample, onWarning: () => undefined, audit: { record: () => undefined } });
  return sample;
}
