import {
  type ClientAssertionAlgorithm,
  type EpochSeconds,
  fail,
  type JsonObject,
  parseUnverifiedJwt,
  type Result,
  succeed,
} from '@portcullis/protocol';
import {
  type AssertionBounds,
  type AssertionFault,
  type AssertionUse,
  checkAssertionBounds,
  type ExpectedBounds,
  readAssertionBounds,
  readAssertionHeader,
  unknownKey,
} from '../../checks/jwt-assertion.js';
import { isSignedByOne } from '../../checks/signed-by-one.js';
import type { Core } from '../../core.js';
import type { AssertionIssuer } from '../../options.js';
import type { RefusalReason } from '../../refusals.js';
import type { Settings } from '../../settings.js';
import { checkLimits } from './assertion-limits.js';

/** Longest assertion that is read: an ID-JAG has about 1 KiB, a token of GitHub Actions 2 KiB. */
const MAX_ASSERTION_LENGTH = 8 * 1024;

/** Ed25519 by its old name and its new one (RFC 9864): whoever allows one allows the other. */
const EDDSA: readonly ClientAssertionAlgorithm[] = ['EdDSA', 'Ed25519'];

/** An assertion of somebody who is configured. Nothing of it is proven, but that nobody else may have made it. */
export interface PresentedAssertion<Issuer extends AssertionIssuer = AssertionIssuer> {
  /** The whole, for the signature. */
  readonly text: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** The one issuer that `iss` names, character for character. Nothing that the assertion says leads to keys of another. */
  readonly issuer: Issuer;
}

/** Why an assertion proves nothing. */
export interface AssertionFailure {
  readonly reason: RefusalReason;
  /** What the reason alone does not say, for the trail: whose it is, which claim, and how it is wrong. Never what it says. */
  readonly detail?: string;
  /** When it is worth asking again, where the keys of the issuer cannot be had: nothing was judged. */
  readonly retryAfterSeconds?: number;
}

/** What an assertion of either kind is held against. */
export interface ExpectedAssertion extends Pick<AssertionUse, 'types'>, Omit<ExpectedBounds, 'clockToleranceSeconds'> {
  /** Thumbprint of the key that the request proved to hold; undefined without a proof. */
  readonly proofKey: string | undefined;
}

/** Reads an assertion (RFC 7523 §3) and finds whose it is. Verifies nothing. */
export function readPresentedAssertion(
  { assertionIssuers }: Pick<Settings, 'assertionIssuers'>,
  text: string,
): Result<PresentedAssertion, AssertionFailure> {
  const jwt = parseUnverifiedJwt(text, MAX_ASSERTION_LENGTH);
  if (jwt === undefined) return fail({ reason: 'assertion_malformed' });
  const { iss } = jwt.claims;
  const issuer = assertionIssuers.find((configured) => configured.issuer === iss);
  if (issuer === undefined) {
    return fail({
      reason: 'assertion_issuer_unknown',
      detail: `iss: ${iss === undefined ? 'missing' : 'not configured'}`,
    });
  }
  return succeed({ text, header: jwt.header, claims: jwt.claims, issuer });
}

/**
 * Checks that the issuer made an assertion, for this server, and that it may be used now (RFC 7523 §3, RFC 8725): whether the
 * operator switched the issuer off, the type, an asymmetric algorithm that the issuer may use, `aud`, `exp` and `iat`, the
 * signature by a key that the issuer has now, and last what it says to limit itself ({@link checkLimits}).
 *
 * Does not look at who it is about, nor whether it came before.
 *
 * Where the keys cannot be had, nothing was judged: whoever came is to come again. Without a client that proved itself (a workload has
 * none) a stranger learns by this that somebody is trusted here who is down. By the time of the fetch they learn it of everybody
 * whose keys are fetched, and for issuers that nobody trusts there never is one.
 *
 * @returns when it is good; otherwise the reason, and for the trail whose assertion it is and what is wrong with it
 */
export async function verifyAssertion(
  core: Core,
  assertion: PresentedAssertion,
  expected: ExpectedAssertion,
  now: EpochSeconds,
): Promise<Result<AssertionBounds, AssertionFailure>> {
  const { issuer } = assertion;
  const refusal = (reason: RefusalReason, why?: string) => ({
    reason,
    detail: why === undefined ? issuer.issuer : `${issuer.issuer} ${why}`,
  });
  const refuse = (reason: RefusalReason) => fail(refusal(reason));
  const faulty = (fault: AssertionFault) => fail(failureOf(fault, issuer.issuer));
  const { tenantId, lifetimes } = core.settings;
  if (await core.ports.storage.assertionIssuers.isDisabled(tenantId, issuer.issuer)) {
    return refuse('assertion_issuer_disabled');
  }
  const use: AssertionUse = {
    types: expected.types,
    issuedAt: 'required',
    mayBeSignedBy: (algorithm) => mayUse(issuer, algorithm),
  };
  const wanted = readAssertionHeader(assertion.header, use);
  if (!wanted.ok) return faulty(wanted.failure);
  const bounds = readAssertionBounds(assertion.claims, use);
  if (!bounds.ok) return faulty(bounds.failure);
  const { clockToleranceSeconds } = lifetimes;
  const fault = checkAssertionBounds(bounds.value, { ...expected, clockToleranceSeconds }, now);
  if (fault !== undefined) return faulty(fault);
  const keys = await core.issuerKeys.find(issuer, wanted.value);
  if (!keys.ok) {
    const { detail, retryAfterSeconds } = keys.failure;
    return fail({ ...refusal('assertion_keys_unavailable', detail), retryAfterSeconds });
  }
  if (keys.value.length === 0) return faulty(unknownKey(wanted.value));
  const isSigned = await isSignedByOne(assertion.text, wanted.value.algorithm, keys.value);
  if (!isSigned) return refuse('assertion_signature_wrong');
  const limit = checkLimits(assertion.claims, expected.proofKey);
  return limit === undefined ? bounds : refuse(limit);
}

function mayUse({ algorithms }: AssertionIssuer, algorithm: ClientAssertionAlgorithm): boolean {
  if (algorithms === undefined || algorithms.includes(algorithm)) return true;
  return EDDSA.includes(algorithm) && algorithms.some((allowed) => EDDSA.includes(allowed));
}

/** The reason of a fault, and what the trail is told besides: whose assertion it is, and what is wrong with it. */
export function failureOf({ problem, detail }: AssertionFault, issuer: string): AssertionFailure {
  return { reason: `assertion_${problem}`, detail: `${issuer} ${detail}` };
}
