import { parseResourceIdentifier, type ResourceIdentifier } from '@portcullis/protocol';
import { PROTECTED_RESOURCE_WELL_KNOWN } from '../protected-resource-metadata.js';
import type { PresentedRequest } from '../resource/protected-resource.js';
import { foldTarget, isForDocument, isWellKnown } from '../resource/resource-paths.js';

/** What a request says of its tenant. */
export type TenantFinding =
  /** Spelt like a tenant's route; whether there is such a tenant is not known yet. */
  | { readonly kind: 'tenant'; readonly name: string }
  /** Some router may take it for a tenant's route, but it is not spelt like one. */
  | { readonly kind: 'unclear' }
  | { readonly kind: 'elsewhere' };

/** Where tenants are found: in the path or in the host, by a template. */
export interface TenantRoute {
  find(request: Pick<PresentedRequest, 'target' | 'host' | 'method' | 'rawHeaders'>): TenantFinding;
  /**
   * Whether some router may take a target (path and query) for that of a tenant's resource, or of its metadata.
   *
   * @param method - GET, HEAD and OPTIONS of other well-known documents are the host's. @defaultValue one that is not
   */
  covers(target: string, method?: string): boolean;
  resourceOf(name: string): ResourceIdentifier;
  /** Whose resource an identifier is; undefined for what is none by this template. */
  tenantOf(resource: ResourceIdentifier): string | undefined;
}

const PLACE = '{tenant}';
/** Stands for the name while the template is parsed: no URL parser changes it. */
const SAMPLE = 'tenant-0-name';
const NAME = '[a-z0-9][a-z0-9-]{0,62}';
/** What lies beneath a resource, in segments of which there is one reading only. */
const BENEATH = '(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?';

const ELSEWHERE: TenantFinding = { kind: 'elsewhere' };
const UNCLEAR: TenantFinding = { kind: 'unclear' };

/**
 * Reads a template such as `https://mcp.example/t/{tenant}/mcp` or `https://{tenant}.mcp.example/mcp`. Names match
 * `[a-z0-9][a-z0-9-]{0,62}`, and nothing is decoded, folded or resolved to find one: of a path that two programs might
 * read differently, one might see another tenant in it.
 *
 * @throws {TypeError} where the template is no resource identifier, or `{tenant}` is not once a whole segment of its path
 *   or the first label of its host
 */
export function parseTenantTemplate(template: string): TenantRoute {
  const sample = new URL(checkTemplate(template));
  return sample.pathname.includes(SAMPLE) ? inPath(template, sample) : inHost(template, sample);
}

function checkTemplate(template: string): string {
  const example = "write it as in 'https://mcp.example.com/t/{tenant}/mcp' or 'https://{tenant}.mcp.example.com/mcp'";
  const what = JSON.stringify(template);
  if (typeof template !== 'string' || template.split(PLACE).length !== 2) {
    throw new TypeError(`resource ${what} does not name {tenant} once: ${example}`);
  }
  const sample = template.replace(PLACE, SAMPLE);
  const parsed = parseResourceIdentifier(sample);
  if (!parsed.ok) throw new TypeError(`resource ${what} is no resource identifier (${parsed.failure}): ${example}`);
  const { host, pathname, search } = new URL(sample);
  const isPlaced = host.startsWith(`${SAMPLE}.`) || pathname.split('/').includes(SAMPLE);
  if (!isPlaced || search !== '') {
    throw new TypeError(
      `{tenant} in ${what} is no whole segment of the path and not the first label of the host: ${example}`,
    );
  }
  return sample;
}

function inPath(template: string, { pathname }: URL): TenantRoute {
  const [before = '', after = ''] = pathname.split(SAMPLE);
  const metadata = `(?:${literal(PROTECTED_RESOURCE_WELL_KNOWN)})?`;
  const exact = new RegExp(`^${metadata}${literal(before)}(${NAME})${literal(after)}(?:${BENEATH})$`);
  // A name of any length in segments: a router that decodes after it has matched sees one in `a%2fb`.
  const isAlike = anySpelling(`${literal(before)}.+${literal(after)}`);
  return {
    covers: (target, method = '') =>
      exact.test(pathOf(target)) || isAlike(target, isForDocument({ method, rawHeaders: [] })),
    find(request) {
      const name = exact.exec(pathOf(request.target))?.[1];
      if (name !== undefined) return { kind: 'tenant', name };
      return isAlike(request.target, isForDocument(request)) ? UNCLEAR : ELSEWHERE;
    },
    ...identifiers(template),
  };
}

function inHost(template: string, { host, pathname, protocol }: URL): TenantRoute {
  const exact = new RegExp(`^(${NAME})${literal(host.slice(SAMPLE.length))}$`);
  const defaultPort = protocol === 'https:' ? ':443' : ':80';
  const path = pathname === '/' ? '' : pathname;
  const metadata = PROTECTED_RESOURCE_WELL_KNOWN + path;
  const isAlike = anySpelling(literal(path));
  const isCovered = (target: string, isDocument: boolean): boolean =>
    [pathname, metadata].includes(pathOf(target)) || isAlike(target, isDocument);
  return {
    covers: (target, method = '') => isCovered(target, isForDocument({ method, rawHeaders: [] })),
    find(request) {
      if (!isCovered(request.target, isForDocument(request))) return ELSEWHERE;
      const { host: presented = '' } = request;
      const folded = presented.toLowerCase();
      const bare = folded.endsWith(defaultPort) ? folded.slice(0, -defaultPort.length) : folded;
      const name = exact.exec(bare)?.[1];
      return name === undefined ? UNCLEAR : { kind: 'tenant', name };
    },
    ...identifiers(template),
  };
}

/** Tells whether some router may take a target for a path of this form. Well-known documents are the host's. */
function anySpelling(form: string): (target: string, isDocument: boolean) => boolean {
  const expression = new RegExp(`^${form}(?:/.*)?$`, 'i');
  return (target, isDocument) =>
    foldTarget(target).some((path) => !(isDocument && isWellKnown(path)) && expression.test(path));
}

function identifiers(template: string): Pick<TenantRoute, 'resourceOf' | 'tenantOf'> {
  const [before = '', after = ''] = template.split(PLACE);
  const exact = new RegExp(`^${literal(before)}(${NAME})${literal(after)}$`);
  return {
    resourceOf: (name) => before + name + after,
    tenantOf: (resource) => exact.exec(resource)?.[1],
  };
}

function pathOf(target: string): string {
  const question = target.indexOf('?');
  return question < 0 ? target : target.slice(0, question);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
