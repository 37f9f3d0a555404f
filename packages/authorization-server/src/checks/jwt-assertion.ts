import {
  type ClientAssertionAlgorithm,
  type EpochSeconds,
  fail,
  isClientAssertionAlgorithm,
  type JsonObject,
  type JsonValue,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { isClaimedIdentifier, isTime } from './jwt-claims.js';

/** What can be wrong with an assertion of either use. Their reasons end with these words. */
export type AssertionProblem =
  | 'algorithm_refused'
  | 'header_critical'
  | 'type_refused'
  | 'key_unknown'
  | 'claim_missing'
  | 'malformed'
  | 'audience_wrong'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime_too_long';

/** Why an assertion is refused. */
export interface AssertionFault {
  readonly problem: AssertionProblem;
  /** Which claim or header member it is, and how it is wrong, for the trail. Never what it says. */
  readonly detail: string;
}

/**
 * In what the two uses of a JWT differ (RFC 7523): as an authorization grant (§2.1), and for client authentication (§2.2). The
 * numbers are those of the list in §3.
 */
export interface AssertionUse {
  /** Item 9: which algorithms the issuer may sign by, among those that are allowed to anybody. @defaultValue all of them */
  mayBeSignedBy?(algorithm: ClientAssertionAlgorithm): boolean;
  /** What `typ` may be (item 10), in small letters and without `application/`; undefined among them is its absence. */
  readonly types: readonly (string | undefined)[];
  /** Item 6 leaves it to the issuer whether there is an "iat" (issued at). */
  readonly issuedAt: 'required' | 'optional';
}

/** The key that an assertion claims to be signed with. */
export interface ClaimedKey {
  readonly algorithm: ClientAssertionAlgorithm;
  /** `kid`, where there is one. */
  readonly keyId: string | undefined;
}

/** For whom and when an assertion says that it is good. */
export interface AssertionBounds {
  /** The one "aud". */
  readonly audience: string;
  /** "exp"; may have a fraction, as the others. */
  readonly expiresAtEpochSeconds: number;
  /** "iat" */
  readonly issuedAtEpochSeconds: number | undefined;
  /** "nbf" */
  readonly notBeforeEpochSeconds: number | undefined;
}

/** What the {@link AssertionBounds} of an assertion is held against. */
export interface ExpectedBounds {
  /** Item 3: how this authorization server is identified, character for character. */
  readonly audience: string;
  /** Items 4 and 6, from "iat" to "exp": an "exp" further ahead is unreasonably far in the future, and an "iat" further back in
   * the past. */
  readonly maxLifetimeSeconds: number;
  /** "Allowable clock skew between systems", both ways. */
  readonly clockToleranceSeconds: number;
}

/**
 * Reads the header of an assertion: an asymmetric algorithm that its issuer may use, and the type. `crit` and `b64` are refused,
 * since they change how the rest is read; `jwk`, `jku` and `x5*` are never looked at.
 */
export function readAssertionHeader(header: JsonObject, use: AssertionUse): Result<ClaimedKey, AssertionFault> {
  const { alg, typ, kid } = header;
  if (!isClientAssertionAlgorithm(alg) || use.mayBeSignedBy?.(alg) === false) {
    return fail({ problem: 'algorithm_refused', detail: 'alg: not one that may be used' });
  }
  for (const name of ['crit', 'b64']) {
    if (name in header) return fail({ problem: 'header_critical', detail: `${name}: not understood` });
  }
  if (!isOneOf(use.types, typ)) {
    return fail({
      problem: 'type_refused',
      detail: `typ: ${typ === undefined ? 'missing' : 'not that of such an assertion'}`,
    });
  }
  if (kid !== undefined && !isClaimedIdentifier(kid)) return fail({ problem: 'key_unknown', detail: 'kid: malformed' });
  return succeed({ algorithm: alg, keyId: kid });
}

/**
 * Reads for whom and when an assertion is good. "aud" is one audience: a string, or a list of that one string, which is how several
 * libraries and platforms always write it. A list of two is refused even with ours in it: the other party it was made for could use
 * it here.
 */
export function readAssertionBounds(
  { aud, exp, iat, nbf }: JsonObject,
  { issuedAt }: Pick<AssertionUse, 'issuedAt'>,
): Result<AssertionBounds, AssertionFault> {
  const [audience, ...others] = Array.isArray(aud) ? aud : [aud];
  if (audience === undefined) return fail({ problem: 'audience_wrong', detail: 'aud: missing' });
  if (others.length > 0) return fail({ problem: 'audience_wrong', detail: 'aud: several' });
  if (typeof audience !== 'string') return fail({ problem: 'audience_wrong', detail: 'aud: malformed' });
  if (!isTime(exp)) return fail(missing('exp', exp));
  if (issuedAt === 'required' && !isTime(iat)) return fail(missing('iat', iat));
  if (iat !== undefined && !isTime(iat)) return fail({ problem: 'malformed', detail: 'iat: malformed' });
  if (nbf !== undefined && !isTime(nbf)) return fail({ problem: 'malformed', detail: 'nbf: malformed' });
  return succeed({
    audience,
    expiresAtEpochSeconds: exp,
    issuedAtEpochSeconds: iat,
    notBeforeEpochSeconds: nbf,
  });
}

/** Checks that an assertion is for this server, and good now. Where there is no "iat", it is as if it were made now. The tolerance
 * makes no life longer: it is for where that life lies. */
export function checkAssertionBounds(
  bounds: AssertionBounds,
  { audience, maxLifetimeSeconds, clockToleranceSeconds: tolerance }: ExpectedBounds,
  now: EpochSeconds,
): AssertionFault | undefined {
  const { expiresAtEpochSeconds: exp, issuedAtEpochSeconds: iat = now, notBeforeEpochSeconds: nbf = now } = bounds;
  if (bounds.audience !== audience) return { problem: 'audience_wrong', detail: 'aud: not ours' };
  if (exp + tolerance <= now) return { problem: 'expired', detail: 'exp: past' };
  if (iat - tolerance > now) return { problem: 'not_yet_valid', detail: 'iat: in the future' };
  if (nbf - tolerance > now) return { problem: 'not_yet_valid', detail: 'nbf: in the future' };
  const reach = maxLifetimeSeconds + tolerance;
  if (exp > now + reach) return { problem: 'lifetime_too_long', detail: 'exp: too far in the future' };
  if (iat < now - reach) return { problem: 'lifetime_too_long', detail: 'iat: too far in the past' };
  return exp - iat > maxLifetimeSeconds
    ? { problem: 'lifetime_too_long', detail: 'exp: too long after iat' }
    : undefined;
}

/** Reads claims that each have to name something ({@link isClaimedIdentifier}). The first that does not is the fault. */
export function readNames<Name extends string>(
  claims: JsonObject,
  names: readonly Name[],
): Result<Readonly<Record<Name, string>>, AssertionFault> {
  const read: [Name, string][] = [];
  for (const name of names) {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (!isClaimedIdentifier(claim)) return fail(missing(name, claim));
    read.push([name, claim]);
  }
  return succeed(Object.fromEntries(read) as Record<Name, string>);
}

/** What is wrong where nobody has the key that an assertion claims to be signed with. */
export function unknownKey({ keyId }: ClaimedKey): AssertionFault {
  return {
    problem: 'key_unknown',
    detail: keyId === undefined ? 'kid: missing, and no key of this alg' : 'kid: not among the keys',
  };
}

/** A media type (RFC 7515 §4.1.9): in whatever letters. */
function isOneOf(types: readonly (string | undefined)[], typ: JsonValue | undefined): boolean {
  if (typ !== undefined && typeof typ !== 'string') return false;
  return types.includes(typ?.toLowerCase().replace(/^application\//, ''));
}

/** Of a claim that has to be there, one that cannot be read is as good as none. */
function missing(claim: string, value: JsonValue | undefined): AssertionFault {
  return { problem: 'claim_missing', detail: `${claim}: ${value === undefined ? 'missing' : 'malformed'}` };
}
