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
  type AssertionFault,
  type AssertionUse,
  checkAssertionBounds,
  type ExpectedBounds,
  readAssertionBounds,
  readAssertionHeader,
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
  /** What the reason alone does not say, for the trail. */
  readonly detail: string;
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
): Result<PresentedAssertion, 'assertion_malformed' | 'assertion_issuer_unknown'> {
  const jwt = parseUnverifiedJwt(text, MAX_ASSERTION_LENGTH);
  if (jwt === undefined) return fail('assertion_malformed');
  const issuer = assertionIssuers.find((configured) => configured.issuer === jwt.claims['iss']);
  if (issuer === undefined) return fail('assertion_issuer_unknown');
  return succeed({ text, header: jwt.header, claims: jwt.claims, issuer });
}

/**
 * Checks that the issuer made an assertion, for this server, and that it may be used now (RFC 7523 §3, RFC 8725): whether the
 * operator switched the issuer off, the type, an asymmetric algorithm that the issuer may use, `aud`, `exp` and `iat`, the
 * signature by a key that the issuer has now, and last what it says to limit itself ({@link checkLimits}).
 *
 * Does not look at who it is about, nor whether it came before.
 */
export async function verifyAssertion(
  core: Core,
  assertion: PresentedAssertion,
  expected: ExpectedAssertion,
  now: EpochSeconds,
): Promise<AssertionFailure | undefined> {
  const { issuer } = assertion;
  const failure = (reason: RefusalReason, why?: string): AssertionFailure => ({
    reason,
    detail: why === undefined ? issuer.issuer : `${issuer.issuer} ${why}`,
  });
  const { tenantId, lifetimes } = core.settings;
  if (await core.ports.storage.assertionIssuers.isDisabled(tenantId, issuer.issuer)) {
    return failure('assertion_issuer_disabled');
  }
  const use: AssertionUse = {
    types: expected.types,
    issuedAt: 'required',
    mayBeSignedBy: (algorithm) => mayUse(issuer, algorithm),
  };
  const wanted = readAssertionHeader(assertion.header, use);
  if (!wanted.ok) return failure(reasonOf(wanted.failure));
  const bounds = readAssertionBounds(assertion.claims, use);
  if (!bounds.ok) return failure(reasonOf(bounds.failure));
  const { clockToleranceSeconds } = lifetimes;
  const fault = checkAssertionBounds(bounds.value, { ...expected, clockToleranceSeconds }, now);
  if (fault !== undefined) return failure(reasonOf(fault));
  const keys = await core.issuerKeys.find(issuer, wanted.value);
  if (!keys.ok) return failure('assertion_keys_unavailable', keys.failure);
  if (keys.value.length === 0) return failure('assertion_key_unknown');
  const isSigned = await isSignedByOne(assertion.text, wanted.value.algorithm, keys.value);
  if (!isSigned) return failure('assertion_signature_wrong');
  const limit = checkLimits(assertion.claims, expected.proofKey);
  return limit === undefined ? undefined : failure(limit);
}

function mayUse({ algorithms }: AssertionIssuer, algorithm: ClientAssertionAlgorithm): boolean {
  if (algorithms === undefined || algorithms.includes(algorithm)) return true;
  return EDDSA.includes(algorithm) && algorithms.some((allowed) => EDDSA.includes(allowed));
}

function reasonOf({ problem }: AssertionFault): RefusalReason {
  return `assertion_${problem}`;
}
