import { fail, type Result, succeed } from '../result.js';
import type { OauthParameters } from './parameters.js';
import { parseScope } from './scope.js';

/** The `grant_type` of a token exchange (RFC 8693 §2.1). */
export const TOKEN_EXCHANGE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** The token types that are exchanged here (RFC 8693 §3). Our access tokens are both. */
export const EXCHANGED_TOKEN_TYPES = [
  'urn:ietf:params:oauth:token-type:access_token',
  'urn:ietf:params:oauth:token-type:jwt',
] as const;

/** One of {@link EXCHANGED_TOKEN_TYPES}. */
export type ExchangedTokenType = (typeof EXCHANGED_TOKEN_TYPES)[number];

/** A token request that exchanges an access token (RFC 8693 §2.1). */
export interface TokenExchangeRequest {
  readonly subjectToken: string;
  /** What the issued token is called. Absent on the wire is an access token. */
  readonly requestedTokenType: ExchangedTokenType;
  /** `resource` and `audience`: both name a resource here, and nothing tells them apart. */
  readonly targets: readonly string[];
  /** Absent is whatever of the subject token's can be granted. */
  readonly scopes: readonly string[] | undefined;
}

/** Why a text is no exchange that is understood here. */
export type TokenExchangeRequestFailure =
  | 'subject_token_missing'
  | 'subject_token_type_missing'
  | 'subject_token_type_unsupported'
  | 'requested_token_type_unsupported'
  | 'actor_token_given'
  | 'scope_malformed';

/**
 * Reads and checks the syntax of a token exchange. `actor_token` is refused, not ignored: whoever sends one means somebody
 * else to act than the client that asks. Does not look into the subject token, and does not know which resources there are.
 */
export function parseTokenExchangeRequest(
  parameters: OauthParameters,
): Result<TokenExchangeRequest, TokenExchangeRequestFailure> {
  const subjectToken = parameters.value('subject_token');
  const subjectTokenType = parameters.value('subject_token_type');
  const requestedTokenType = parameters.value('requested_token_type') ?? EXCHANGED_TOKEN_TYPES[0];
  if (subjectToken === undefined) return fail('subject_token_missing');
  if (subjectTokenType === undefined) return fail('subject_token_type_missing');
  if (!isExchangedTokenType(subjectTokenType)) return fail('subject_token_type_unsupported');
  if (!isExchangedTokenType(requestedTokenType)) return fail('requested_token_type_unsupported');
  const actor = [...parameters.values('actor_token'), ...parameters.values('actor_token_type')];
  if (actor.length > 0) return fail('actor_token_given');
  const scope = parameters.value('scope');
  const scopes = scope === undefined ? undefined : parseScope(scope);
  if (scopes?.ok === false) return scopes;
  return succeed({
    subjectToken,
    requestedTokenType,
    targets: [...parameters.values('resource'), ...parameters.values('audience')],
    scopes: scopes?.value,
  });
}

function isExchangedTokenType(text: string): text is ExchangedTokenType {
  return EXCHANGED_TOKEN_TYPES.some((type) => type === text);
}
