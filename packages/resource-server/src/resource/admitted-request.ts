import type { WholeResponse } from '@portcullis/ports';
import type { JsonValue } from '@portcullis/protocol';
import type { Caller } from '../caller.js';
import { scopesToAskFor } from './needed-scopes.js';
import { holdsAllOf, readOperation, readRequestId } from './operation.js';
import type { AnswerHeaders } from './origins.js';
import { revisionOf } from './presented-headers.js';
import type { AdmittedRequest, PresentedRequest } from './protected-resource.js';
import { type BodyRefusal, type Refusals, refuseBody } from './refusals.js';
import type { ResourceSettings } from './settings.js';
import type { ToolScopes } from './tool-scopes.js';
import type { Trail } from './trail.js';

/** What decides on every request of one resource. */
export interface AdmissionRules {
  readonly settings: ResourceSettings;
  readonly tools: ToolScopes;
  readonly refusals: Refusals;
  readonly trail: Trail;
}

/** Methods whose requests have no body that anybody reads. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** One object a request, and no closures: every known token passes through here. */
export class Admitted implements AdmittedRequest {
  readonly outcome = 'admitted';
  readonly caller: Caller;
  readonly accessToken: string;
  readonly headers: AnswerHeaders;
  readonly #request: PresentedRequest;
  readonly #rules: AdmissionRules;
  readonly #isLacking: boolean;

  /** @param isLacking - the caller lacks a scope that every request needs: a body that it needs decides on both at once */
  constructor(
    rules: AdmissionRules,
    request: PresentedRequest,
    caller: Caller,
    accessToken: string,
    headers: AnswerHeaders,
    isLacking: boolean,
  ) {
    this.#rules = rules;
    this.#isLacking = isLacking;
    this.#request = request;
    this.caller = caller;
    this.accessToken = accessToken;
    this.headers = headers;
  }

  get needsBody(): boolean {
    const { tools, settings } = this.#rules;
    return (!tools.isEmpty || settings.methods.size > 0) && !WITHOUT_BODY.has(this.#request.method);
  }

  authorize(body: JsonValue): WholeResponse | undefined {
    const { tools, settings } = this.#rules;
    if (!this.#isLacking && holdsAllOf(body, tools, settings.methods, this.caller.heldScopes)) return undefined;
    return this.refuseScopes(body);
  }

  /** Names what every request needs, and what the body asks for besides, so that one step-up is enough (RS-11). */
  refuseScopes(body: JsonValue): WholeResponse {
    const { tools, settings, refusals } = this.#rules;
    const operation = readOperation(body, tools, settings.methods);
    const scopes = scopesToAskFor(
      [...settings.requiredScopes, ...(operation?.scopes ?? [])],
      this.caller.scopes,
      revisionOf(this.#request.rawHeaders),
    );
    const { event, reason, response } = refusals.insufficientScope(
      scopes,
      readRequestId(body),
      this.caller.proofKey === undefined ? 'Bearer' : 'DPoP',
    );
    this.#rules.trail.record(event, 'refused', this.#request, this.caller, {
      reason,
      scopes,
      httpStatus: response.status,
      ...(operation === undefined ? {} : { method: operation.method }),
      ...(operation?.target === undefined ? {} : { target: operation.target }),
    });
    return withHeaders(response, this.headers);
  }

  refuseBody(reason: BodyRefusal): WholeResponse {
    const { event, response } = refuseBody(reason);
    this.#rules.trail.record(event, 'refused', this.#request, this.caller, { reason, httpStatus: response.status });
    return withHeaders(response, this.headers);
  }
}

/** The answer with the headers that the caller's origin needs. */
export function withHeaders(response: WholeResponse, headers: AnswerHeaders): WholeResponse {
  for (const _ in headers) return { ...response, headers: { ...response.headers, ...headers } };
  return response;
}
