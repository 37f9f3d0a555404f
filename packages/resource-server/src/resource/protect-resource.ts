import type { AccessTokenFailure } from '../access-token.js';
import type { Verification } from '../access-token-verifier.js';
import { readBearerCredential, searchOf } from '../bearer-credential.js';
import { protectedResourceMetadataUrl } from '../protected-resource-metadata.js';
import { recordRefusalsOf } from '../tools/refusal-trail.js';
import { type AdmissionRules, Admitted, withHeaders } from './admitted-request.js';
import { isUndecided } from './checked-verifier.js';
import { report } from './faults.js';
import { KnownCallers } from './known-callers.js';
import { buildMetadataDocument, createMetadataAnswers } from './metadata-document.js';
import type { ProtectResourceOptions } from './options.js';
import { type AnswerHeaders, Origins, preflightHeaders } from './origins.js';
import { singleHeader } from './presented-headers.js';
import type {
  Admission,
  PresentedRequest,
  ProtectedResource,
  RequestContext,
  TokenAdmission,
} from './protected-resource.js';
import { type Refusal, Refusals } from './refusals.js';
import { isForDocument, ResourcePaths } from './resource-paths.js';
import { resolveSettings } from './settings.js';
import { ToolScopes } from './tool-scopes.js';
import { Trail } from './trail.js';
import { createVerifierOf } from './verifier-of.js';
import { warnOfWeakProofs } from './weak-proofs.js';

const ELSEWHERE: Admission = { outcome: 'elsewhere' };

/**
 * Puts an MCP server behind OAuth 2.1: answers with its metadata (RFC 9728), lets requests with a good access token in,
 * and answers all others with a challenge (RFC 6750 §3, RFC 9728 §5.1) from which a client finds its way.
 *
 * Every token is held against the resource, its issuer and its expiry, whoever verifies it; none of that can be left
 * out. What is not checked here: that a body is in order JSON-RPC, rate limits, and what a tool does. Nor is anything
 * checked after a request was let in: a stream that stays open outlives the expiry and the revocation of its token until
 * whoever serves it ends it, and a session of SDK v1 is not bound to whoever opened it, so a caller with a good token of
 * their own and the session's id is in that session: hold `Mcp-Session-Id` against the caller where sessions are kept.
 *
 * @example
 * ```ts
 * const resource = protectResource({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServers: ['https://as.example.com'],
 *   tools: { delete_file: ['files:write'] },
 * });
 * app.use(expressGuard(resource));
 * ```
 * @throws {TypeError} says which option is wrong, and what to write instead
 */
export function protectResource(options: ProtectResourceOptions): ProtectedResource {
  const settings = resolveSettings(options);
  const { resource, requiredScopes } = settings;
  const metadataUrl = protectedResourceMetadataUrl(resource);
  const metadata = buildMetadataDocument(settings, options.resourceName, options.metadata);
  const answerMetadata = createMetadataAnswers(metadata);
  const paths = new ResourcePaths(settings.path, metadataUrl);
  const origins = new Origins(resource, options.allowedOrigins);
  const refusals = new Refusals(metadataUrl, requiredScopes);
  const trail = new Trail(settings);
  const tools = new ToolScopes(options.tools, settings.knownScopes);
  const rules: AdmissionRules = { settings, tools, refusals, trail };
  const verifier = createVerifierOf(settings);
  const callers = new KnownCallers(settings, metadataUrl, (caller) => {
    recordRefusalsOf(caller, (details) => trail.record('mcp.request_denied', 'refused', {}, caller, details));
    if (caller.recipientProof === 'audience') return;
    trail.record('access_token.accepted', 'allowed', {}, caller, { reason: caller.recipientProof });
  });
  warnOfWeakProofs(settings, trail);

  function refuse(refusal: Refusal, request: PresentedRequest, headers: AnswerHeaders): Admission {
    const { event, reason, detail, response } = refusal;
    const told = { reason, httpStatus: response.status, ...(detail === undefined ? {} : { detail }) };
    trail.record(event, 'refused', request, undefined, told);
    return { outcome: 'answered', response: withHeaders(response, headers) };
  }

  function refuseToken(failure: AccessTokenFailure): Refusal {
    if (isUndecided(failure.reason)) return refusals.unavailable(failure.reason);
    const refusal = refusals.invalidToken(failure.reason);
    return 'claim' in failure ? { ...refusal, detail: `claim: ${failure.claim}` } : refusal;
  }

  function conclude(
    verification: Verification,
    request: PresentedRequest,
    accessToken: string,
    headers: AnswerHeaders,
  ): Admission {
    if (!verification.ok) return refuse(refuseToken(verification.failure), request, headers);
    const { caller, isLacking } = callers.of(verification.value);
    const admitted = new Admitted(rules, request, caller, accessToken, headers, isLacking);
    if (!isLacking || admitted.needsBody) return admitted;
    return { outcome: 'answered', response: admitted.refuseScopes(null) };
  }

  function decide(request: PresentedRequest): Admission | Promise<Admission> {
    const { target, method, rawHeaders } = request;
    const place = paths.placeOf(target);
    if (place === 'metadata') return { outcome: 'answered', response: answerMetadata(method) };
    const isElsewhere = place === 'elsewhere' || (place === 'well_known' && isForDocument(request));
    if (isElsewhere && request.isForResource !== true) return ELSEWHERE;
    const origin = singleHeader(rawHeaders, 'origin');
    const headers = origin === 'twice' ? undefined : origins.headersFor(origin?.value);
    if (headers === undefined) return refuse(refusals.originNotAllowed, request, {});
    if (method === 'OPTIONS') return answerOptions(rawHeaders, origin !== undefined, headers);
    const credential = readBearerCredential(rawHeaders, searchOf(target));
    switch (credential.kind) {
      case 'none':
        return refuse(refusals.missing, request, headers);
      case 'refused': {
        const { status, reason } = credential;
        return refuse(
          status === 400 ? refusals.invalidRequest(reason) : refusals.invalidToken(reason),
          request,
          headers,
        );
      }
      case 'bearer': {
        const { accessToken } = credential;
        const verification = verifier.verify(accessToken);
        return 'ok' in verification
          ? conclude(verification, request, accessToken, headers)
          : verification.then((found) => conclude(found, request, accessToken, headers));
      }
    }
  }

  /** Nothing that is known of throws: this is for what is not, and nobody gets in by it. */
  function giveUp(error: unknown, request: PresentedRequest): Admission {
    report(settings.onFault, error, request.correlationId);
    return refuse(refusals.unavailable('fault'), request, {});
  }

  function concludeToken(verification: Verification, context: RequestContext): TokenAdmission {
    if (!verification.ok) {
      const { event, reason, detail } = refuseToken(verification.failure);
      trail.record(event, 'refused', context, undefined, { reason, ...(detail === undefined ? {} : { detail }) });
      return { outcome: isUndecided(verification.failure.reason) ? 'unavailable' : 'invalid_token' };
    }
    const { caller, isLacking } = callers.of(verification.value);
    if (!isLacking) return { outcome: 'admitted', caller };
    trail.record('mcp.request_denied', 'refused', context, caller, {
      reason: 'insufficient_scope',
      scopes: requiredScopes,
    });
    return { outcome: 'insufficient_scope', scopes: requiredScopes };
  }

  return {
    resource,
    metadataUrl,
    metadata,
    tools,
    verifier,
    prepare: verifier.prepare,
    callerOf: (token) => callers.of(token).caller,
    covers(target, method = '') {
      const place = paths.placeOf(target);
      return place === 'well_known' ? !isForDocument({ method, rawHeaders: [] }) : place !== 'elsewhere';
    },
    admit(request) {
      try {
        const admission = decide(request);
        return 'outcome' in admission ? admission : admission.catch((error: unknown) => giveUp(error, request));
      } catch (error) {
        return giveUp(error, request);
      }
    },
    admitToken(accessToken, context = {}) {
      const verification = verifier.verify(accessToken);
      return 'ok' in verification
        ? concludeToken(verification, context)
        : verification.then((found) => concludeToken(found, context));
    },
    reportFault: (error, correlationId) => report(settings.onFault, error, correlationId),
  };
}

/** A preflight where an allowed origin asks, else just the methods there are. */
function answerOptions(rawHeaders: readonly string[], hasOrigin: boolean, headers: AnswerHeaders): Admission {
  const asked = singleHeader(rawHeaders, 'access-control-request-headers');
  return {
    outcome: 'answered',
    response: {
      status: 204,
      headers: {
        allow: 'GET, POST, DELETE, OPTIONS',
        ...headers,
        ...(hasOrigin ? preflightHeaders(typeof asked === 'object' ? asked.value : undefined) : {}),
      },
      body: '',
    },
  };
}
