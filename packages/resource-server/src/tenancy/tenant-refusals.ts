import type { WholeResponse } from '@portcullis/ports';
import { PROTECTED_RESOURCE_WELL_KNOWN } from '../protected-resource-metadata.js';
import { type AnswerHeaders, Origins, preflightHeaders } from '../resource/origins.js';
import { singleHeader } from '../resource/presented-headers.js';
import type { Admission, PresentedRequest } from '../resource/protected-resource.js';
import type { Trail } from '../resource/trail.js';

/** Why a request got to the resource of no tenant: a stable word for the trail. */
export type TenantRefusal =
  /** There is no tenant of that name. */
  | 'unknown_tenant'
  /** Some router may take it for a tenant's route, but it is not spelt like one. */
  | 'unclear_tenant'
  /** On the route of a tenant, or said to be, and not about its resource. */
  | 'outside_tenant'
  /** Whether there is such a tenant could not be found out. */
  | 'tenant_unavailable';

const NOT_FOUND: WholeResponse = { status: 404, headers: { 'cache-control': 'no-store' }, body: '' };
const UNAVAILABLE: WholeResponse = {
  status: 503,
  headers: { 'retry-after': '5', 'cache-control': 'no-store' },
  body: '',
};
const ANY_ORIGIN: AnswerHeaders = { 'access-control-allow-origin': '*' };

/**
 * Answers requests that reach no tenant's resource, and records each: 404, or 503 where it cannot be told. Scripts can read
 * the answer where the guard of a tenant would let them read its own, as far as all tenants have that in common: at the
 * place of metadata every origin, elsewhere the ones of `allowedOrigins`, whose preflights are let through for it.
 */
export class TenantRefusals {
  readonly #trail: Trail;
  readonly #origins: Origins;

  /**
   * @param resource - the identifier of any tenant's resource
   * @param allowedOrigins - of all tenants
   */
  constructor(trail: Trail, resource: string, allowedOrigins: readonly string[] | '*' | undefined) {
    this.#trail = trail;
    this.#origins = new Origins(resource, allowedOrigins);
  }

  /** @param name - what the route calls the tenant, where it is spelt like one */
  refuse(reason: TenantRefusal, request: PresentedRequest, name?: string): Admission {
    const isUnavailable = reason === 'tenant_unavailable';
    const headers = this.#corsOf(request);
    const response = answerTo(request, isUnavailable ? UNAVAILABLE : NOT_FOUND, headers);
    // A preflight that is let through is no refusal: that comes with the request itself.
    if (response.status === 204) return { outcome: 'answered', response };
    this.#trail.record('request.refused', isUnavailable ? 'failed' : 'refused', request, undefined, {
      reason,
      httpStatus: response.status,
      ...(name === undefined ? {} : { target: name }),
    });
    return { outcome: 'answered', response };
  }

  #corsOf({ target, rawHeaders }: PresentedRequest): AnswerHeaders | undefined {
    if (target.startsWith(PROTECTED_RESOURCE_WELL_KNOWN)) return ANY_ORIGIN;
    const origin = singleHeader(rawHeaders, 'origin');
    return typeof origin === 'object' ? this.#origins.headersFor(origin.value) : undefined;
  }
}

/** Without its preflight a script would never be shown what the request itself is answered. */
function answerTo(
  { method, rawHeaders }: PresentedRequest,
  response: WholeResponse,
  cors: AnswerHeaders | undefined,
): WholeResponse {
  if (cors === undefined) return response;
  if (method !== 'OPTIONS') return { ...response, headers: { ...response.headers, ...cors } };
  const asked = singleHeader(rawHeaders, 'access-control-request-headers');
  const headers = { ...cors, ...preflightHeaders(typeof asked === 'object' ? asked.value : undefined) };
  return { status: 204, headers, body: '' };
}
