import { base64Url, type Consent, type ResourceDefinition, type User } from '@portcullis/ports';
import {
  displayText,
  type EpochSeconds,
  fail,
  ID_JAG_TYPE,
  JWT_BEARER_GRANT_TYPE,
  type JwtBearerTokenRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { checkAssertedScope } from '../../checks/asserted-scope.js';
import type { AssertionBounds } from '../../checks/jwt-assertion.js';
import { oneTimeIdDeadAt } from '../../checks/one-time-id.js';
import { namesOnly } from '../../checks/resource.js';
import { checkTrustedClient } from '../../checks/trusted-client.js';
import { findConsentOffer } from '../../consent/consent-offer.js';
import type { Core } from '../../core.js';
import type { IdentityProviderIssuer } from '../../options.js';
import type { RefusalReason } from '../../refusals.js';
import { subjectAtIssuer } from '../../sign-in/subject-at-issuer.js';
import type { GrantOutcome, GrantRefusal, TokenRequest } from '../token-grant.js';
import { type IdentityClaims, readIdentityClaims } from './identity-claims.js';
import { failureOf, type PresentedAssertion, verifyAssertion } from './presented-assertion.js';

/** How far ahead `exp`, and how long ago `iat` may lie. Providers give an ID-JAG five minutes; each `jti` is remembered as long. */
const MAX_LIFETIME_SECONDS = 3600;

/** Longest name that is kept of a user. */
const MAX_USERNAME_LENGTH = 128;

/** An assertion of an identity provider. */
type IdentityAssertion = PresentedAssertion<IdentityProviderIssuer>;

/** One that is right in everything but, maybe, that it came before. */
interface GoodAssertion {
  readonly claims: IdentityClaims;
  readonly bounds: AssertionBounds;
  readonly subject: string;
  /** As the store knows them; undefined for somebody new. */
  readonly known: User | undefined;
  /** What it rests on beside the word of the provider, where the operator wants the user to be asked. */
  readonly consent: Consent | undefined;
  readonly resource: ResourceDefinition;
  readonly scopes: readonly string[];
}

/**
 * Takes the word of an identity provider about a user (draft-ietf-oauth-identity-assertion-authz-grant; MCP extension
 * Enterprise-Managed Authorization §5): an ID-JAG for this server, this client and one of our resources, which the client
 * that it names presents once. The user need not be known here, and consents nowhere: their employer decided.
 *
 * Every fact is checked first and consumes nothing when it fails; then the access token is signed; then one storage act
 * decides whether it is the first time, and writes user, grant and event with it. There is never a refresh token: the
 * identity provider decides anew each time, so the grant ends with the access token.
 */
export async function exchangeIdentityAssertion(
  core: Core,
  request: TokenRequest,
  asked: JwtBearerTokenRequest,
  assertion: IdentityAssertion,
): GrantOutcome {
  const { platform, storage } = core.ports;
  const { tenantId, markLifetimeSeconds, lifetimes } = core.settings;
  const tolerance = lifetimes.clockToleranceSeconds;
  const { client, context, proofKey } = request;
  const { issuer } = assertion.issuer;
  const now = platform.clock.nowEpochSeconds();
  const checked = await checkAssertion(core, request, asked, assertion, now);
  if (!checked.ok) return checked;
  const { claims, bounds, subject, known, consent, resource, scopes } = checked.value;
  const proofProblem = await request.useProofFor(resource.identifier);
  if (proofProblem !== undefined) return fail({ reason: proofProblem, subject, detail: issuer });

  const facts = {
    subject,
    clientId: client.clientId,
    resource: resource.identifier,
    scopes,
    grantId: base64Url(platform.random.bytes(16)),
  };
  const { authenticatedAtEpochSeconds: signedInAt, actor } = claims;
  const ofSignIn = signedInAt === undefined ? {} : { authenticatedAtEpochSeconds: Math.min(signedInAt, now) };
  const accessToken = await core.accessTokens.issue({ ...facts, ...ofSignIn, actor, proofKey }, now);
  const use = {
    idHash: platform.hash(JSON.stringify([issuer, claims.assertionId])),
    expiresAtEpochSeconds: oneTimeIdDeadAt(bounds.expiresAtEpochSeconds + tolerance, tolerance),
    user: { tenantId, subject, username: nameUser(claims, subject), createdAtEpochSeconds: now },
    admitsNewUsers: assertion.issuer.admitsNewUsers ?? true,
    ...(consent === undefined ? {} : { consent }),
    grant: {
      ...facts,
      tenantId,
      clientAuthMethod: client.tokenEndpointAuthMethod,
      // Where the provider does not say when the user signed in, it was before it vouched for them.
      authenticatedAtEpochSeconds: Math.min(signedInAt ?? Math.floor(bounds.issuedAtEpochSeconds ?? now), now),
      createdAtEpochSeconds: now,
      expiresAtEpochSeconds: now + accessToken.expiresInSeconds,
    },
  };
  const named = { subject, username: use.user.username, detail: issuer };
  const events = {
    issued: core.trail.event(context, 'identity_assertion.issued', 'allowed', {
      ...facts,
      ...named,
      clientName: client.clientName,
      accessTokenId: accessToken.accessTokenId,
      grantType: JWT_BEARER_GRANT_TYPE,
    }),
    recognised: core.trail.event(context, 'user.recognised', 'allowed', named),
  };
  const outcome = await storage.identityAssertions.redeem(tenantId, use, now, markLifetimeSeconds, events);
  if (outcome === 'replayed') return fail({ reason: 'assertion_replayed', subject, detail: issuer });
  if (outcome === 'user_gone') return fail({ reason: 'assertion_user_gone', subject, detail: issuer });
  if (outcome === 'without_consent') return fail({ reason: 'assertion_without_consent', subject, detail: issuer });
  if (known === undefined) core.trail.record(events.recognised);
  core.trail.record(events.issued);
  return succeed({ accessToken, scopes, refreshToken: undefined, resource: resource.identifier });
}

/**
 * In this order: whether the client proves anything, whether the issuer made the assertion, for whom and what, and whether
 * user and client may have it. What an assertion says is not acted on before it is verified.
 */
async function checkAssertion(
  core: Core,
  { client, proofKey }: TokenRequest,
  asked: JwtBearerTokenRequest,
  assertion: IdentityAssertion,
  now: EpochSeconds,
): Promise<Result<GoodAssertion, GrantRefusal>> {
  const { issuer, ...configured } = assertion.issuer;
  const refuse = (reason: RefusalReason, subject?: string, why?: string) =>
    fail({
      reason,
      detail: why === undefined ? issuer : `${issuer} ${why}`,
      ...(subject === undefined ? {} : { subject }),
    });
  const untrusted = checkTrustedClient(client);
  if (untrusted !== undefined) return refuse(untrusted);
  const expected = {
    types: [ID_JAG_TYPE],
    audience: core.settings.issuer,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    proofKey,
  };
  const verified = await verifyAssertion(core, assertion, expected, now);
  if (!verified.ok) return verified;
  const read = readIdentityClaims(assertion.claims, { issuer, ownIssuer: core.settings.issuer });
  if (!read.ok) return fail(failureOf(read.failure, issuer));
  const claims = read.value;
  // Whoever speaks for several organisations calls a person in each of them alike, and this one alone is known here.
  if (assertion.claims['tenant'] !== configured.tenant) return refuse('assertion_tenant_mismatch');
  if (assertion.claims['aud_tenant'] !== configured.audienceTenant) {
    return refuse('assertion_audience_tenant_mismatch');
  }
  if (claims.clientId !== client.clientId) return refuse('assertion_client_mismatch');
  if (configured.clients?.includes(client.clientId) === false) return refuse('assertion_client_not_of_issuer');

  const subject = subjectAtIssuer(core.ports.platform.hash, issuer, claims.sub, configured.tenant);
  const [named, ...others] = claims.resources;
  if (named === undefined || others.length > 0) {
    return refuse('resource_ambiguous', subject, 'resource: several');
  }
  const resource = await core.resources.choose([named]);
  if (!resource.ok) return refuse(resource.failure, subject, 'resource: not ours');
  if (!namesOnly(asked.resources, resource.value.identifier)) {
    return refuse('resource_mismatch', subject, 'resource: not the one that was asked for');
  }
  const scopes = checkAssertedScope(asked.scopes, claims.scopes, resource.value, client);
  if (!scopes.ok) return refuse(scopes.failure, subject);

  const known = await core.ports.storage.users.findBySubject(core.settings.tenantId, subject);
  const mayAct = known === undefined ? configured.admitsNewUsers !== false : !known.disabled;
  if (!mayAct) return refuse('assertion_user_gone', subject);
  const wanted = { requestedScopes: scopes.value, client, resource: resource.value };
  const offer = client.consentRequired === true ? await findConsentOffer(core, subject, wanted) : undefined;
  if (offer !== undefined && (offer.standing === undefined || offer.asked.length > 0)) {
    return refuse('assertion_without_consent', subject);
  }
  const granted = { resource: resource.value, scopes: scopes.value, consent: offer?.standing };
  return succeed({ claims, bounds: verified.value, subject, known, ...granted });
}

/** What a person may know the user by; never empty. */
function nameUser({ names }: IdentityClaims, subject: string): string {
  return names.map((name) => displayText(name, MAX_USERNAME_LENGTH)).find((name) => name !== '') ?? subject;
}
