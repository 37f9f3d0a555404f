import type { BoundedFetch, Clock } from '@portcullis/ports';
import {
  fail,
  type Issuer,
  type JsonObject,
  type JsonValue,
  parseEndpointUrl,
  type ResourceIdentifier,
  type Sha256,
} from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import type { AccessTokenFailure } from '../access-token.js';
import { createIssuerMetadataSource } from '../issuers/issuer-metadata.js';
import type { TokenRules, TokenVerification } from '../issuers/trusted-issuer.js';
import { applyRules, type ReadingRules } from '../verification/apply-rules.js';
import { checkTokenType, readTokenText } from '../verification/signed-token.js';
import type { Finding, TokenJudge } from '../verification/token-judge.js';
import { checkTokenTimes, DEFAULT_CLOCK_TOLERANCE_SECONDS } from '../verification/token-times.js';
import { type CallLimitOptions, createCallLimit } from './call-limit.js';
import { askAboutToken, type IntrospectionAnswer } from './introspection-call.js';

/** How {@link createIntrospectionJudge} asks. */
export interface IntrospectionJudgeOptions extends Omit<CallLimitOptions, 'clock'> {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  readonly rules: ReadingRules & Pick<TokenRules, 'types'>;
  readonly verification: Extract<TokenVerification, { readonly method: 'introspection' }>;
  readonly fetch: BoundedFetch;
  readonly clock: Clock;
  /** Accepted skew on `exp`, `nbf` and `iat`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
  /** How long it is believed that a token is good, and never beyond its `exp`. Not above 60. @defaultValue 60 */
  readonly believedSeconds?: number;
  /** How long it is believed that a token is not good. Not above 5. @defaultValue 5 */
  readonly refusedSeconds?: number;
}

/** How many refused tokens are remembered, by their hash. */
const MAX_REFUSED = 10_000;

/** What `token_type` (RFC 6749 §5.1, RFC 7662 §2.2, RFC 9449 §5) and `typ` say of a token that is bound to a key. */
const BOUND_TYPE = 'dpop';

/** `token_type` of access tokens. */
const TOKEN_TYPES = ['bearer', BOUND_TYPE, 'access_token', 'urn:ietf:params:oauth:token-type:access_token'];

/** `typ` in an answer: of Keycloak, which says ID, Refresh or Offline of others, or as the header of a JWT has it. */
const ANSWERED_TYPES = ['bearer', BOUND_TYPE, 'jwt', 'at+jwt', 'application/at+jwt'];

/** `token_use` in an answer: of Cognito and those like it, which say id or refresh of others. */
const ACCESS_USES = ['access', 'access_token'];

/** Seconds for which metadata are not looked for again, whatever comes from the endpoint they name. */
const LOOK_AGAIN_SECONDS = 30;

/**
 * Judges access tokens by asking their issuer (RFC 7662). An active token still has to be of this issuer, where the answer
 * says of which one it is; to be an access token, where the answer or the header of a JWT says of what type; to say to which
 * key it is bound, where it is said to be bound, by the answer or by the token itself; to be in its time; and to be meant
 * for this resource, by the rules of its issuer. A JWT whose header says that it is of another type (a refresh token, a
 * logout token) is not asked about.
 *
 * A token that was found good is asked about again after a minute, one that was refused after five seconds; without `exp` an
 * answer is good for that minute. An issuer that cannot be asked has no tokens refused, but answered
 * `introspection_unavailable`; see {@link createCallLimit}. Takes any text: whoever calls has seen that it could be a token.
 *
 * Does not take answers as JWTs (RFC 9701).
 *
 * @throws {TypeError} when the issuer or the endpoint is not an https URL (or http at a loopback host), or the client has no
 * id or no secret
 */
export function createIntrospectionJudge(options: IntrospectionJudgeOptions): TokenJudge {
  const { issuer, fetch, clock, verification } = options;
  const { clientId, clientSecret } = verification;
  if (!clientId || !clientSecret) throw new TypeError(`Asking ${issuer} about tokens takes a client id and a secret`);
  const endpoints = createEndpointSource(options);
  const limit = createCallLimit(options);
  const believedSeconds = Math.min(options.believedSeconds ?? 60, 60);
  const refusedSeconds = Math.min(options.refusedSeconds ?? 5, 5);
  const refused = new LRUCache<Sha256, { readonly finding: Finding; readonly at: number }>({ max: MAX_REFUSED });

  /** Without a sign, so that a clock set back makes nothing last longer. */
  const ageOf = (moment: number): number => Math.abs(clock.nowEpochSeconds() - moment);

  async function ask(accessToken: string): Promise<IntrospectionAnswer> {
    const endpoint = await endpoints.find();
    if (endpoint === undefined) return { kind: 'down' };
    const answer = await askAboutToken(accessToken, { endpoint, clientId, clientSecret, fetch });
    if (answer.kind === 'down' || answer.kind === 'not_answered') endpoints.doubt();
    return answer;
  }

  /** @param isBound - the token itself says so */
  function judgeClaims(claims: JsonObject, isBound: boolean): Finding {
    const { iss, token_type: tokenType, typ, token_use: use } = claims;
    if (iss !== undefined && iss !== issuer) return refusal({ reason: 'wrong_issuer' });
    const isAccessToken = isOneOf(TOKEN_TYPES, tokenType) && isOneOf(ANSWERED_TYPES, typ) && isOneOf(ACCESS_USES, use);
    if (!isAccessToken) return refusal({ reason: 'wrong_type' });
    const askedAt = clock.nowEpochSeconds();
    const times = checkTokenTimes(claims, {
      nowEpochSeconds: askedAt,
      clockToleranceSeconds: options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
      absent: { issuedAtEpochSeconds: 0, expiresAtEpochSeconds: askedAt + believedSeconds },
    });
    if (!times.ok) return { verification: times };
    const { expiresAtEpochSeconds } = times.value;
    const verification = applyRules(options.rules, claims, { issuer, resource: options.resource }, times.value);
    // A token that is bound would be a bearer token by an answer that leaves the key out.
    const isSaidBound = isBound || [tokenType, typ].some((type) => type !== undefined && isOneOf([BOUND_TYPE], type));
    if (verification.ok && isSaidBound && verification.value.proofKey === undefined) {
      return refusal({ reason: 'sender_constrained' });
    }
    return {
      verification,
      stillHolds: () => ageOf(askedAt) < believedSeconds && clock.nowEpochSeconds() < expiresAtEpochSeconds,
    };
  }

  return async (accessToken, accessTokenHash) => {
    const before = refused.get(accessTokenHash);
    if (before !== undefined && ageOf(before.at) < refusedSeconds) return before.finding;
    const text = readTokenText(accessToken);
    const wrongType = text.kind === 'signed' ? checkTokenType(text.token.header, options.rules) : undefined;
    if (wrongType !== undefined) return refusal(wrongType);
    const answer = await limit.run(
      () => ask(accessToken),
      ({ kind }) => kind === 'down',
    );
    if (answer === undefined || answer.kind === 'down' || answer.kind === 'not_answered') {
      return refusal({ reason: 'introspection_unavailable' });
    }
    const isBound = text.kind === 'signed' && text.token.claims['cnf'] !== undefined;
    const finding = answer.kind === 'active' ? judgeClaims(answer.claims, isBound) : refusal({ reason: 'inactive' });
    if (!finding.verification.ok) refused.set(accessTokenHash, { finding, at: clock.nowEpochSeconds() });
    return finding;
  };
}

function refusal(failure: AccessTokenFailure): Finding {
  return { verification: fail(failure) };
}

/** Whether what an answer says is one of these, in whatever case. It need not say anything. */
function isOneOf(words: readonly string[], value: JsonValue | undefined): boolean {
  return value === undefined || (typeof value === 'string' && words.includes(value.toLowerCase()));
}

/** Knows where to ask. */
interface EndpointSource {
  find(): Promise<string | undefined>;
  /** Has it looked for anew: what came from there was no answer. */
  doubt(): void;
}

/** What is configured, or else what the issuer's metadata say, at its own origin. */
function createEndpointSource(options: IntrospectionJudgeOptions): EndpointSource {
  const { issuer, fetch, clock } = options;
  const { introspectionEndpoint } = options.verification;
  const metadata = createIssuerMetadataSource({ issuer, fetch, clock });
  if (introspectionEndpoint !== undefined) {
    if (!parseEndpointUrl(introspectionEndpoint).ok) {
      throw new TypeError(
        `${JSON.stringify(introspectionEndpoint)} is no address that tokens are sent to: it has to be https`,
      );
    }
    return { find: async () => introspectionEndpoint, doubt: () => undefined };
  }
  let doubtedAt = Number.NEGATIVE_INFINITY;
  return {
    async find() {
      const found = await metadata.get();
      return found.ok && found.value.introspectionEndpoint.ok ? found.value.introspectionEndpoint.value : undefined;
    },
    doubt() {
      // Whoever presents tokens brings answers about that are none, and must not have the metadata fetched for each.
      const now = clock.nowEpochSeconds();
      if (Math.abs(now - doubtedAt) < LOOK_AGAIN_SECONDS) return;
      doubtedAt = now;
      metadata.forget();
    },
  };
}
