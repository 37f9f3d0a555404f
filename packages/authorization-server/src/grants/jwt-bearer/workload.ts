import { base64Url, type ResourceDefinition } from '@portcullis/ports';
import {
  fail,
  type JsonObject,
  JWT_BEARER_GRANT_TYPE,
  type JwtBearerTokenRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { isClaimedIdentifier } from '../../checks/jwt-claims.js';
import { namesOnly } from '../../checks/resource.js';
import { checkClientScope } from '../../checks/scope.js';
import type { Core } from '../../core.js';
import type { WorkloadIdentity, WorkloadIssuer } from '../../options.js';
import type { RefusalReason } from '../../refusals.js';
import type { GrantOutcome, UnauthenticatedTokenRequest } from '../token-grant.js';
import { workloadSubject } from '../workload-subject.js';
import { type PresentedAssertion, verifyAssertion } from './presented-assertion.js';

/** How far ahead `exp`, and how long ago `iat` may lie. A cluster renews the tokens of its workloads once a day at the latest. */
const MAX_LIFETIME_SECONDS = 86_400;

/** What `typ` may be. Not that of an access token, an ID-JAG or anything else that was made for another use. */
const TYPES = [undefined, 'jwt'];

/**
 * Takes the token that a platform gave a workload (RFC 7523 §2.1; MCP extension Workload Identity Federation) for the identity
 * whose claims it has, and gives an access token in the name of that identity, for one of its resources. No client
 * authenticates: the token is all the proof there is.
 *
 * It may come again until it expires, since a workload has but the one that its platform put beside it. There is no refresh
 * token, and no grant in the store: the access token has a grant id all the same, by whose mark it can end, and it ends when
 * its identity is taken out of the configuration or its issuer is switched off (`findEnd`). Nothing is written, so the event
 * goes to the trail before the token is sent.
 */
export async function exchangeWorkloadAssertion(
  core: Core,
  { context, proofKey, useProofFor }: UnauthenticatedTokenRequest,
  asked: JwtBearerTokenRequest,
  assertion: PresentedAssertion<WorkloadIssuer>,
): GrantOutcome {
  const { platform } = core.ports;
  const { issuer, claims } = assertion;
  const now = platform.clock.nowEpochSeconds();
  const expected = {
    types: TYPES,
    audience: issuer.audience ?? core.settings.issuer,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    proofKey,
  };
  const verified = await verifyAssertion(core, assertion, expected, now);
  if (!verified.ok) return verified;
  const { sub } = claims;
  const detail = isClaimedIdentifier(sub) ? `${issuer.issuer} ${sub}` : issuer.issuer;
  const identity = issuer.identities.find((one) => isOfIdentity(claims, one));
  if (identity === undefined) return fail({ reason: 'workload_unknown', detail });
  const subject = workloadSubject(issuer, identity);
  const resource = await chooseResource(core, asked.resources, identity);
  if (!resource.ok) return fail({ reason: resource.failure, subject, detail });
  const scopes = checkClientScope(asked.scopes, resource.value, identity);
  if (!scopes.ok) return fail({ reason: scopes.failure, subject, detail });
  const proofProblem = await useProofFor(resource.value.identifier);
  if (proofProblem !== undefined) return fail({ reason: proofProblem, subject, detail });

  const facts = {
    subject,
    clientId: subject,
    resource: resource.value.identifier,
    scopes: scopes.value,
    grantId: base64Url(platform.random.bytes(16)),
  };
  const accessToken = await core.accessTokens.issue({ ...facts, proofKey }, now);
  const { accessTokenId } = accessToken;
  const event = core.trail.event(context, 'workload_assertion.issued', 'allowed', {
    ...facts,
    accessTokenId,
    grantType: JWT_BEARER_GRANT_TYPE,
    detail,
  });
  core.trail.record(event);
  return succeed({ accessToken, scopes: scopes.value, refreshToken: undefined });
}

/** Whether all claims of an identity hold. A claim that is no text holds for nothing. */
function isOfIdentity(claims: JsonObject, identity: WorkloadIdentity): boolean {
  return Object.entries(identity.claims).every(([name, wanted]) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (typeof value !== 'string') return false;
    return typeof wanted === 'string' ? value === wanted : value.startsWith(wanted.startsWith);
  });
}

/** None named is the only one of the identity. One of ours that is not of the identity is refused as one of nobody's. */
async function chooseResource(
  core: Core,
  requested: readonly string[],
  identity: WorkloadIdentity,
): Promise<Result<ResourceDefinition, RefusalReason>> {
  const isOnly = requested.length === 0 && identity.resources.length === 1;
  const resource = await core.resources.choose(isOnly ? identity.resources : requested);
  if (!resource.ok) return resource;
  const isOfIdentitys = identity.resources.some((one) => namesOnly([one], resource.value.identifier));
  return isOfIdentitys ? resource : fail('resource_beyond_workload');
}
