import {
  type EpochSeconds,
  fail,
  type Issuer,
  type JsonObject,
  type JsonValue,
  type ResourceIdentifier,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { Verification } from '../access-token-verifier.js';
import type { TokenHeader, TokenRules } from '../issuers/trusted-issuer.js';
import { importKeySet } from '../keys/json-web-keys.js';
import { createVerificationKeys, type VerificationKey, type VerificationKeys } from '../keys/verification-keys.js';
import { bindingOf, LOOSE_TOKEN_TYPES, type TokenBinding } from '../presets/claim-rules.js';
import { rfc9068 } from '../presets/rfc9068.js';
import { applyRules } from './apply-rules.js';
import { createJwtVerifier } from './jwt-verifier.js';
import { isSignedBy } from './signature.js';
import { checkTokenHeader, readTokenText, type SignedToken } from './signed-token.js';
import { checkTokenTimes, DEFAULT_CLOCK_TOLERANCE_SECONDS, type TokenTimes } from './token-times.js';

/** What one token is held against. */
export interface ExamineTokenOptions {
  readonly issuer: Issuer;
  /** Undefined where nobody said: then the claims are held against no rules. */
  readonly resource: ResourceIdentifier | undefined;
  /**
   * The rules for a token with these claims; undefined where they are not known, and then its header is held against what
   * providers have in common. Nothing that is given here is proven.
   */
  readonly rulesFor: (claims: JsonObject) => TokenRules | undefined;
  /** The JWK Set of the issuer as it was fetched; undefined where it could not be had. */
  readonly jwkSet: JsonValue | undefined;
  readonly nowEpochSeconds: EpochSeconds;
}

/** How each step of a verification comes out, whatever came of the others: a guard stops at the first that fails. */
export interface TokenSteps {
  readonly header: Result<TokenHeader, AccessTokenFailure>;
  readonly issuer: Result<Issuer, AccessTokenFailure>;
  /** With the key whose signature it is. */
  readonly signature: Result<VerificationKey, AccessTokenFailure>;
  readonly times: Result<TokenTimes, AccessTokenFailure>;
  /** What the rules read, recipient included. Undefined where they or the resource are not known, or header or times fail. */
  readonly claims: Verification | undefined;
}

/** What was found out about a token. */
export type TokenExamination =
  /** No verifier takes it apart: too long, encrypted, malformed. */
  | { readonly kind: 'refused'; readonly failure: AccessTokenFailure }
  /** Says nothing to anybody but its issuer. */
  | { readonly kind: 'opaque' }
  | {
      readonly kind: 'signed';
      readonly header: JsonObject;
      readonly claims: JsonObject;
      /** By its claims, whether or not the rules know tokens that are bound. */
      readonly binding: TokenBinding;
      /** The rules that it was held against. */
      readonly rules: TokenRules | undefined;
      readonly steps: TokenSteps;
      /**
       * What a guard with these rules and keys makes of it: that of its own verifier. Of one that is bound to a key, before
       * the proof is looked at. Undefined where the rules or the resource are not known.
       */
      readonly verification: Verification | undefined;
    };

/**
 * Examines one access token for a person: by the very steps of a guard's verifier, each of them taken. It fetches nothing,
 * remembers nothing and decides nothing; revocation and scopes are not looked at, and an opaque token is not asked about.
 * Never rejects, except where `rulesFor` throws.
 */
export async function examineToken(accessToken: string, options: ExamineTokenOptions): Promise<TokenExamination> {
  const text = readTokenText(accessToken);
  if (text.kind !== 'signed') return text;
  const { header, claims } = text.token;
  const { issuer, resource, nowEpochSeconds } = options;
  const rules = options.rulesFor(claims);
  const applied = rules ?? { ...rfc9068(issuer).rules, types: LOOSE_TOKEN_TYPES };
  const clock = { nowEpochSeconds: () => nowEpochSeconds };
  const keys = createVerificationKeys({ load: () => load(options, applied), clock });
  const skew = { clockToleranceSeconds: DEFAULT_CLOCK_TOLERANCE_SECONDS };
  const checked = checkTokenHeader(header, applied);
  const times = checkTokenTimes(claims, { nowEpochSeconds, ...skew });
  const isReadable = rules !== undefined && resource !== undefined;
  return {
    kind: 'signed',
    header,
    claims,
    binding: bindingOf(claims),
    rules,
    steps: {
      header: checked,
      issuer: claims['iss'] === issuer ? succeed(issuer) : fail({ reason: 'wrong_issuer' }),
      signature: await findSigner(accessToken, text.token, keys),
      times,
      claims:
        isReadable && checked.ok && times.ok
          ? applyRules(rules, claims, { issuer, resource, header: checked.value }, times.value)
          : undefined,
    },
    verification: isReadable
      ? (await createJwtVerifier({ issuer, resource, rules, keys, clock, ...skew }).verifyRead(accessToken, text.token))
          .verification
      : undefined,
  };
}

async function load({ jwkSet, issuer }: ExamineTokenOptions, rules: TokenRules): Promise<readonly VerificationKey[]> {
  const keys = jwkSet === undefined ? undefined : await importKeySet(jwkSet, issuer, rules);
  if (keys === undefined) throw new Error('There is no JWK Set');
  return keys;
}

/** By the key that the header names, also where a verifier would not come so far because of the header. */
async function findSigner(
  accessToken: string,
  { header: { alg, kid }, signature }: SignedToken,
  keys: VerificationKeys,
): Promise<Result<VerificationKey, AccessTokenFailure>> {
  const found = await keys.find(typeof kid === 'string' ? kid : '', typeof alg === 'string' ? alg : '');
  if (found === 'unavailable') return fail({ reason: 'keys_unavailable' });
  for (const key of found) {
    if (await isSignedBy(accessToken, signature, key)) return succeed(key);
  }
  return fail({ reason: found.length === 0 ? 'unknown_key' : 'bad_signature' });
}
