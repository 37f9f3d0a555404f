import { fail } from '@portcullis/protocol';
import type { AccessTokenFailure, VerifiedAccessToken } from '../access-token.js';
import type { Verification } from '../access-token-verifier.js';
import { checkScheme } from '../possession/check-scheme.js';
import { type CheckedProof, createProofOfPossession } from '../possession/proof-of-possession.js';
import { type AuthenticationScheme, readPresentedCredential, searchOf } from '../presented-credential.js';
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
import { createRequestAddress } from './request-address.js';
import { isForDocument, ResourcePaths } from './resource-paths.js';
import { resolveSettings } from './settings.js';
import { ToolScopes } from './tool-scopes.js';
import { Trail } from './trail.js';
import { createVerifierOf } from './verifier-of.js';
import { warnOfWeakProofs } from './weak-proofs.js';

const ELSEWHERE: Admission = { outcome: 'elsewhere' };

/**
 * Puts an MCP server behind OAuth 2.1: answers with its metadata (RFC 9728), lets requests with a good access token in,
 * and answers all others with a challenge (RFC 6750 §3, RFC 9728 §5.1) from which a client finds its way. A token that is
 * bound to a key of its client (RFC 9449) gets in with a proof that was made with that key for this very request.
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
  const { resource, requiredScopes, dpop } = settings;
  const metadataUrl = protectedResourceMetadataUrl(resource);
  const metadata = buildMetadataDocument(settings, options.resourceName, options.metadata);
  const answerMetadata = createMetadataAnswers(metadata);
  const paths = new ResourcePaths(settings.path, metadataUrl);
  const origins = new Origins(resource, options.allowedOrigins);
  const refusals = new Refusals(resource, metadataUrl, requiredScopes, dpop.isRequired);
  const trail = new Trail(settings);
  const tools = new ToolScopes(options.tools, settings.knownScopes);
  const rules: AdmissionRules = { settings, tools, refusals, trail };
  const verifier = createVerifierOf(settings);
  const callers = new KnownCallers(settings, metadataUrl, (caller) => {
    recordRefusalsOf(caller, (details) => trail.record('mcp.request_denied', 'refused', {}, caller, details));
    if (caller.recipientProof === 'audience') return;
    trail.record('access_token.accepted', 'allowed', {}, caller, { reason: caller.recipientProof });
  });
  const possession = createProofOfPossession({ ...dpop, platform: settings.platform });
  const addressOf = createRequestAddress(resource, settings.path);
  warnOfWeakProofs(settings, trail);

  function refuse(
    refusal: Refusal,
    request: PresentedRequest,
    headers: AnswerHeaders,
    accessToken?: VerifiedAccessToken,
  ): Admission {
    const { event, reason, detail, response } = refusal;
    const told = { reason, httpStatus: response.status, ...(detail === undefined ? {} : { detail }) };
    trail.record(event, 'refused', request, accessToken, told);
    return { outcome: 'answered', response: withHeaders(response, headers) };
  }

  function refuseToken(failure: AccessTokenFailure, scheme: AuthenticationScheme): Refusal {
    if (isUndecided(failure.reason)) return refusals.unavailable(failure.reason);
    const refusal = refusals.invalidToken(failure.reason, scheme);
    return 'claim' in failure ? { ...refusal, detail: `claim: ${failure.claim}` } : refusal;
  }

  function conclude(
    verification: Verification,
    request: PresentedRequest,
    scheme: AuthenticationScheme,
    accessToken: string,
    headers: AnswerHeaders,
  ): Admission | Promise<Admission> {
    if (!verification.ok) return refuse(refuseToken(verification.failure, scheme), request, headers);
    const { value: verified } = verification;
    const { proofKey } = verified;
    const wrong = checkScheme(scheme, proofKey, dpop.isRequired);
    if (wrong !== undefined) return refuse(refusals.wrongScheme(wrong), request, headers, verified);
    return proofKey === undefined
      ? admit(verified, request, accessToken, headers)
      : concludeBound(verified, proofKey, request, accessToken, headers);
  }

  async function concludeBound(
    verified: VerifiedAccessToken,
    proofKey: string,
    request: PresentedRequest,
    accessToken: string,
    headers: AnswerHeaders,
  ): Promise<Admission> {
    const { method, target, rawHeaders } = request;
    const url = addressOf(target);
    const checked =
      url === undefined
        ? fail({ error: 'invalid_dpop_proof', reason: 'dpop_proof_url_mismatch' } as const)
        : await possession.check({ method, url, rawHeaders, accessToken, proofKey });
    if (!checked.ok) return refuse(refusals.invalidProof(checked.failure), request, headers, verified);
    const { newerNonce } = checked.value;
    const told = newerNonce === undefined ? headers : { ...headers, 'dpop-nonce': newerNonce };
    const admission = admit(verified, request, accessToken, told);
    if (admission.outcome !== 'admitted') return admission;
    const refusal = await useUp(checked.value, request);
    return refusal === undefined ? admission : refuse(refusal, request, headers, verified);
  }

  async function useUp(proof: CheckedProof, { correlationId }: PresentedRequest): Promise<Refusal | undefined> {
    try {
      const failure = await proof.use();
      return failure === undefined ? undefined : refusals.invalidProof(failure);
    } catch (error) {
      report(settings.onFault, error, correlationId);
      return refusals.unavailable('dpop_replay_memory_unavailable');
    }
  }

  function admit(
    verified: VerifiedAccessToken,
    request: PresentedRequest,
    accessToken: string,
    headers: AnswerHeaders,
  ): Admission {
    const { caller, isLacking } = callers.of(verified);
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
    const credential = readPresentedCredential(rawHeaders, searchOf(target));
    switch (credential.kind) {
      case 'none':
        return refuse(refusals.missing, request, headers);
      case 'refused': {
        const { status, reason, scheme } = credential;
        return refuse(
          status === 400 ? refusals.invalidRequest(reason) : refusals.invalidToken(reason, scheme),
          request,
          headers,
        );
      }
      case 'token': {
        const { scheme, accessToken } = credential;
        const verification = verifier.verify(accessToken);
        return 'ok' in verification
          ? conclude(verification, request, scheme, accessToken, headers)
          : verification.then((found) => conclude(found, request, scheme, accessToken, headers));
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
      const { event, reason, detail } = refuseToken(verification.failure, 'Bearer');
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

  /** What sees a token alone cannot see that its sender holds a key. */
  function withoutProof(verification: Verification): Verification {
    if (!verification.ok) return verification;
    const wrong = checkScheme('Bearer', verification.value.proofKey, dpop.isRequired);
    return wrong === undefined ? verification : fail({ reason: wrong.reason });
  }

  function verifyAlone(accessToken: string): Verification | Promise<Verification> {
    const verification = verifier.verify(accessToken);
    return 'ok' in verification ? withoutProof(verification) : verification.then(withoutProof);
  }

  return {
    resource,
    metadataUrl,
    metadata,
    tools,
    verifier: { verify: verifyAlone },
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
      const verification = verifyAlone(accessToken);
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
