import type { ResourceIdentifier, TenantId } from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import { report } from '../resource/faults.js';
import type { Admission, PresentedRequest, ProtectedResource } from '../resource/protected-resource.js';
import type { ToolDeclarations } from '../tools/guard-tools.js';
import { bindToTenant, checkSharedIssuer, type TenantIssuer } from './tenant-binding.js';
import { parseTenantTemplate } from './tenant-route.js';

/** What the resource of one tenant is made from, as far as tenancy decides it. */
export interface TenantResourceOptions {
  readonly resource: ResourceIdentifier;
  /** Whatever else they may be for a single resource, here they are {@link TenantIssuer}s. */
  readonly authorizationServers: readonly unknown[];
  readonly tenantId?: TenantId | undefined;
  readonly tools?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly onFault?: ((error: unknown, correlationId: string | undefined) => void) | undefined;
}

/** What is used of the resource of one tenant. */
export type TenantResource = Pick<ProtectedResource, 'admit'> & ToolDeclarations;

/** One tenant, as the host knows it: anything that a resource may be told, for this tenant alone. */
export type TenantOptions<Options extends TenantResourceOptions> = Partial<
  Omit<Options, 'resource' | 'authorizationServers' | 'tenantId' | 'tools' | 'path'>
> & {
  /** The tenant's own issuers, which issue for nobody else: their tokens need not tell a tenant. @defaultValue none */
  readonly authorizationServers?: readonly TenantIssuer[];
  /**
   * What its issuers call the tenant, and so what its callers' `tenantId` is. @defaultValue its name in the route
   */
  readonly tenantId?: TenantId;
};

/** What `protectTenants` is told, and what all tenants have in common. */
export type ProtectTenantsOptions<Options extends TenantResourceOptions> = Partial<
  Omit<Options, keyof TenantResourceOptions | 'path'>
> &
  Pick<TenantResourceOptions, 'tools' | 'onFault'> & {
    /** The identifier of each tenant's resource, its name as `{tenant}`: a segment of the path, or the host's first label. */
    readonly resource: string;
    /**
     * The tenant of a name, or undefined where there is none. Asked for every name that is not known, so it should be
     * quick; names match `[a-z0-9][a-z0-9-]{0,62}`.
     */
    readonly tenant: (name: string) => TenantOptions<Options> | undefined | Promise<TenantOptions<Options> | undefined>;
    /** Issuers that serve several tenants: their tokens have to tell which one they are of. @defaultValue none */
    readonly authorizationServers?: readonly TenantIssuer[];
    /** How many tenants are kept ready; the one that was not asked for longest makes room. @defaultValue 1000 */
    readonly maxTenants?: number;
  };

/** The resources of all tenants behind one guard: for adapters and {@link guardTools}, like a single resource. */
export interface ProtectedTenants<Resource extends TenantResource> extends ToolDeclarations {
  /** As of a resource. The tenant is the one of the route, whatever headers, query or body say. Never throws or rejects. */
  admit(request: PresentedRequest & { readonly isForResource?: boolean }): Admission | Promise<Admission>;
  /** Whether a request may be about a tenant's resource. @param target - path and query, as they were sent */
  covers(target: string): boolean;
  /** The resource of one tenant; undefined for a name that is none. Rejects where the tenant cannot be found out. */
  resourceOf(name: string): Promise<Resource | undefined>;
  /** Asks anew for a tenant at its next request: after it was changed or removed. */
  forget(name: string): void;
}

const ELSEWHERE: Admission = { outcome: 'elsewhere' };
const NOT_FOUND: Admission = { outcome: 'answered', response: { status: 404, headers: {}, body: '' } };
const UNAVAILABLE: Admission = {
  outcome: 'answered',
  response: { status: 503, headers: { 'retry-after': '5', 'cache-control': 'no-store' }, body: '' },
};

/**
 * Protects one server for many tenants. Each has its own resource identifier, metadata, issuers and verified tokens, and
 * the tenant of a request is the one of its route and of nothing else. A token has to be of that tenant: a good one of
 * another tenant fails as `wrong_tenant`, with the same 401 as any unknown token. An unknown tenant, or a spelling that
 * only looks like a route, is answered with 404 and never goes on to the host's own routes.
 *
 * Tenants are made ready at their first request. Names that are none leave nothing behind.
 *
 * @param protect - makes the resource of one tenant: `protectResource`. It is given `tenantId`, which it has to hold
 *   every verified token against
 * @throws {TypeError} where the template is none, an issuer is named without its rules, or a tool is declared twice with different scopes
 */
export function createTenantResources<Options extends TenantResourceOptions, Resource extends TenantResource>(
  options: ProtectTenantsOptions<NoInfer<Options>>,
  protect: (options: Options) => Resource,
): ProtectedTenants<Resource> {
  const { resource: template, tenant: findTenant, maxTenants = 1000, tools: firstTools, ...common } = options;
  const route = parseTenantTemplate(template);
  const ready = new LRUCache<string, Resource>({ max: maxTenants });
  const underWay = new Map<string, Promise<Resource | undefined>>();
  const shared = options.authorizationServers ?? [];
  for (const choice of shared) checkSharedIssuer(choice);
  const declared = new Map<string, readonly string[]>();

  function declare(name: string, scopes: readonly string[]): void {
    const known = declared.get(name);
    if (known !== undefined && !isSame(known, scopes)) {
      throw new TypeError(`Tool "${name}" was declared with other scopes before: declare it once`);
    }
    declared.set(name, scopes);
    for (const resource of ready.values()) resource.tools.declare(name, scopes);
  }
  for (const [name, scopes] of Object.entries<readonly string[]>(firstTools ?? {})) declare(name, scopes);

  /** @param isWanted - false where the tenant was forgotten in the meantime */
  async function build(name: string, isWanted: () => boolean): Promise<Resource | undefined> {
    const found = await findTenant(name);
    // A table of tenants answers a function for `constructor`.
    if (typeof found !== 'object' || found === null) return undefined;
    const resource = route.resourceOf(name);
    const tenantId = found.tenantId ?? name;
    const isOfAnotherTenant = (audience: string): boolean => ![undefined, name].includes(route.tenantOf(audience));
    const bind = (isShared: boolean) => (choice: TenantIssuer) =>
      bindToTenant(choice, { tenantId, isShared, isOfAnotherTenant });
    const own = found.authorizationServers ?? [];
    const authorizationServers = [...own.map(bind(false)), ...shared.map(bind(true))];
    const made = protect({ ...common, ...found, resource, tenantId, authorizationServers } as unknown as Options);
    // In one go, so that no tool that is declared meanwhile is missed.
    for (const [tool, scopes] of declared) made.tools.declare(tool, scopes);
    if (isWanted()) ready.set(name, made);
    return made;
  }

  async function load(name: string): Promise<Resource | undefined> {
    const known = ready.get(name) ?? underWay.get(name);
    if (known !== undefined) return known;
    const building: Promise<Resource | undefined> = build(name, () => underWay.get(name) === building);
    underWay.set(name, building);
    try {
      return await building;
    } finally {
      if (underWay.get(name) === building) underWay.delete(name);
    }
  }

  async function admitFirst(name: string, request: PresentedRequest): Promise<Admission> {
    try {
      const resource = await load(name);
      return resource === undefined ? NOT_FOUND : neverElsewhere(await resource.admit(request));
    } catch (error) {
      tell(error, request.correlationId);
      return UNAVAILABLE;
    }
  }

  function tell(error: unknown, correlationId: string | undefined): void {
    if (options.onFault !== undefined) report(options.onFault, error, correlationId);
  }

  return {
    tools: { declare },
    covers: route.covers,
    admit(request) {
      const found = route.find(request);
      if (found.kind === 'elsewhere') return request.isForResource === true ? NOT_FOUND : ELSEWHERE;
      if (found.kind === 'unclear') return NOT_FOUND;
      const admission = ready.get(found.name)?.admit(request);
      if (admission === undefined) return admitFirst(found.name, request);
      return 'outcome' in admission ? neverElsewhere(admission) : admission.then(neverElsewhere);
    },
    resourceOf: async (name) => (route.tenantOf(route.resourceOf(name)) === name ? load(name) : undefined),
    forget(name) {
      ready.delete(name);
      underWay.delete(name);
    },
  };
}

/** What lies on a tenant's route is never left to the host's own routes, where nothing would be guarded. */
function neverElsewhere(admission: Admission): Admission {
  return admission.outcome === 'elsewhere' ? NOT_FOUND : admission;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((scope) => other.includes(scope));
}
