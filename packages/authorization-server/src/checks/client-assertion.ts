import type { Client, RequestContext } from '@portcullis/ports';
import {
  type ClientAssertionAlgorithm,
  type EpochSeconds,
  fail,
  isClientAssertionAlgorithm,
  type JsonValue,
  parseUnverifiedJwt,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { LimitReached } from '../rate-limits.js';
import type { RefusalReason } from '../refusals.js';
import type { Settings } from '../settings.js';
import { isIdentifier, isTime, isTimeOrAbsent, readOnlyText } from './jwt-claims.js';
import { oneTimeIdDeadAt } from './one-time-id.js';
import { isSignedByOne } from './signed-by-one.js';

/** Longest assertion that is read. Those in the field stay below 1 KiB. */
const MAX_ASSERTION_LENGTH = 8 * 1024;

/** How far ahead `exp`, and how long ago `iat` may lie. Each `jti` has to be remembered for as long. */
const MAX_LIFETIME_SECONDS = 300;

/** What `typ` may be where it is there: the old general type and that of draft-ietf-oauth-rfc7523bis. */
const ASSERTION_TYPES = ['jwt', 'client-authentication+jwt'];

/** A client assertion as it came: well formed, and unproven in everything it says. */
export interface ClientAssertion {
  /** The whole, for the signature. */
  readonly text: string;
  readonly algorithm: ClientAssertionAlgorithm;
  /** `kid`, where there is one. */
  readonly keyId: string | undefined;
  /** `iss` and `sub`, which are one. */
  readonly clientId: string;
  readonly audience: string;
  /** `jti` */
  readonly assertionId: string;
  readonly expiresAtEpochSeconds: EpochSeconds;
  readonly issuedAtEpochSeconds: EpochSeconds | undefined;
  readonly notBeforeEpochSeconds: EpochSeconds | undefined;
}

/** Why an assertion proves nothing. */
export interface ClientAssertionFailure {
  readonly reason: RefusalReason;
  /** What the reason alone does not say, for the trail. */
  readonly detail?: string;
  /** Which limit it is, where the reason is `rate_limited`: nothing was judged then. */
  readonly limit?: LimitReached;
}

/**
 * Parses a client assertion (RFC 7523 §3, draft-ietf-oauth-rfc7523bis). The algorithm is one of an allow-list of
 * asymmetric ones. `typ` is absent, `JWT` or `client-authentication+jwt`; `crit` and `b64` are refused, since they change
 * how the rest is read; `jwk`, `jku` and `x5*` are never looked at. `iss`, `sub`, `aud`, `exp` and `jti` have to be there,
 * and the first two the same.
 *
 * `aud` is one audience: a string, or a list of that one string, which is how several libraries always write it and what
 * the draft allows since its third version. A list of two is refused even with ours in it: the other party it was made for
 * could use it here.
 */
export function parseClientAssertion(text: string): Result<ClientAssertion, RefusalReason> {
  const jwt = parseUnverifiedJwt(text, MAX_ASSERTION_LENGTH);
  if (jwt === undefined) return fail('client_assertion_malformed');
  const { alg, kid, typ } = jwt.header;
  if (!isClientAssertionAlgorithm(alg)) return fail('client_assertion_algorithm_refused');
  if ('crit' in jwt.header || 'b64' in jwt.header) return fail('client_assertion_header_critical');
  if (typ !== undefined && !isAssertionType(typ)) return fail('client_assertion_type_refused');
  if (kid !== undefined && !isIdentifier(kid)) return fail('client_key_unknown');

  const { iss, sub, aud, jti, exp, iat, nbf } = jwt.claims;
  if (!isIdentifier(iss) || !isIdentifier(sub) || !isIdentifier(jti)) return fail('client_assertion_claim_missing');
  if (iss !== sub) return fail('client_assertion_subject_mismatch');
  const audience = readOnlyText(aud);
  if (audience === undefined) return fail('client_assertion_audience_wrong');
  if (!isTime(exp)) return fail('client_assertion_claim_missing');
  if (!isTimeOrAbsent(iat) || !isTimeOrAbsent(nbf)) return fail('client_assertion_malformed');
  return succeed({
    text,
    algorithm: alg,
    keyId: kid,
    clientId: sub,
    audience,
    assertionId: jti,
    expiresAtEpochSeconds: exp,
    issuedAtEpochSeconds: iat,
    notBeforeEpochSeconds: nbf,
  });
}

/**
 * Checks that `client` made this assertion, for this issuer, now, and for the first time (RFC 7523 §3). `aud` has to be
 * the issuer identifier, character for character. The address of the token endpoint is not accepted: another
 * authorization server can name it as its own, and then use here what it is sent (draft-ietf-oauth-rfc7523bis §1).
 *
 * In this order: audience and times, key, signature, and last of all the `jti`, which only an assertion that is right in
 * everything else uses up. It is remembered until the assertion is dead on every replica.
 *
 * Without a client the same is done with keys of nobody, so that an unknown client takes as long. It fails in any case.
 *
 * @param client - the client that `assertion.clientId` names, if it is registered for `private_key_jwt`
 * @param context - whose network is counted where keys have to be fetched
 */
export async function checkClientAssertion(
  core: Pick<Core, 'ports' | 'settings' | 'clientKeys'>,
  assertion: ClientAssertion,
  client: Client | undefined,
  context: Pick<RequestContext, 'network'>,
): Promise<ClientAssertionFailure | undefined> {
  const { platform, storage } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const now = platform.clock.nowEpochSeconds();
  const problem = checkClaims(assertion, core.settings, now);
  if (problem !== undefined) return { reason: problem };
  const keys = await core.clientKeys.find(client, assertion, context);
  if (!keys.ok) return keys.failure;
  if (keys.value.length === 0) return { reason: 'client_key_unknown' };
  if (!(await isSignedByOne(assertion.text, assertion.algorithm, keys.value)))
    return { reason: 'client_assertion_signature_wrong' };
  if (client === undefined) return { reason: 'client_unknown' };

  const idHash = platform.hash(JSON.stringify([assertion.clientId, assertion.assertionId]));
  const { clockToleranceSeconds } = lifetimes;
  const deadAt = oneTimeIdDeadAt(assertion.expiresAtEpochSeconds + clockToleranceSeconds, clockToleranceSeconds);
  const isFirst = await storage.oneTimeIds.use(tenantId, 'client_assertion', idHash, deadAt, now);
  return isFirst ? undefined : { reason: 'client_assertion_replayed' };
}

function checkClaims(
  assertion: ClientAssertion,
  { issuer, lifetimes }: Pick<Settings, 'issuer' | 'lifetimes'>,
  now: EpochSeconds,
): RefusalReason | undefined {
  const tolerance = lifetimes.clockToleranceSeconds;
  const { expiresAtEpochSeconds: exp, issuedAtEpochSeconds: iat = now, notBeforeEpochSeconds: nbf = now } = assertion;
  if (assertion.audience !== issuer) return 'client_assertion_audience_wrong';
  if (exp + tolerance <= now) return 'client_assertion_expired';
  if (Math.max(iat, nbf) - tolerance > now) return 'client_assertion_not_yet_valid';
  const reach = MAX_LIFETIME_SECONDS + tolerance;
  return exp > now + reach || iat < now - reach ? 'client_assertion_lifetime_too_long' : undefined;
}

function isAssertionType(typ: JsonValue): boolean {
  return typeof typ === 'string' && ASSERTION_TYPES.includes(typ.toLowerCase().replace(/^application\//, ''));
}
