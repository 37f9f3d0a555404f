import { isScopeToken } from '@portcullis/protocol';
import { OAuthClientError } from '../oauth-client-error.js';
import type { TokenAnswer } from './token-endpoint.js';

/** The answer to a token request that yielded nothing. */
export type RefusedTokenAnswer = Extract<TokenAnswer, { readonly ok: false }>;

/** What a server has not learned by later (RFC 9110 §15.6.2). */
const NOT_IMPLEMENTED = 501;

const ADVICE: Readonly<Record<string, string>> = {
  invalid_client: 'It does not know this client, or the client could not prove itself. Check the client id and secret.',
  unauthorized_client: 'This client may not use this grant there. Ask whoever runs it.',
  invalid_grant: 'What was presented is no longer valid. Sign in again.',
  invalid_scope: 'It does not give these scopes to this client.',
  invalid_target: 'It issues no tokens for this server. Check that the server names the right authorization server.',
  invalid_dpop_proof:
    "It wants this client to prove a key: `dpop: 'always'` of a program, --dpop of a command. Where it did, check the clock of this computer.",
  access_denied: 'The user, or a policy, said no.',
};

/** Whether the server says that it does not know the client (RFC 6749 §5.2). */
export function isClientRefused({ failure }: RefusedTokenAnswer): boolean {
  return failure.kind === 'refused' && (failure.error === 'invalid_client' || failure.error === 'unauthorized_client');
}

/** The error for the caller. Says what the server's code means, and which scopes were asked for; nothing of what it wrote. */
export function tokenRefusal(
  { failure, retryAfterSeconds }: RefusedTokenAnswer,
  askedScopes: readonly string[] = [],
): OAuthClientError {
  const { status } = failure;
  if (failure.kind === 'unavailable') {
    if (status === NOT_IMPLEMENTED) {
      return new OAuthClientError(
        'server_unavailable',
        `The authorization server does not do what was asked of it (HTTP ${status}). Whoever runs it can tell why.`,
        { status },
      );
    }
    const when = retryAfterSeconds === undefined ? 'later' : `in ${retryAfterSeconds} s`;
    return new OAuthClientError(
      'server_unavailable',
      `The authorization server cannot answer now (HTTP ${status}). Try again ${when}.`,
      { status },
    );
  }
  if (failure.kind === 'malformed') {
    return new OAuthClientError(
      'token_response_invalid',
      `The answer of the token endpoint (HTTP ${status}) is no token response that can be used.`,
      { status },
    );
  }
  const { error } = failure;
  const code = error === 'invalid_client' ? 'client_refused' : 'token_refused';
  const scopes = error === 'invalid_scope' ? adviseOnScopes(askedScopes) : undefined;
  const advice = scopes ?? ADVICE[error] ?? 'Whoever runs it can tell why.';
  return new OAuthClientError(code, `The authorization server refused to issue a token: ${error}. ${advice}`, {
    error,
    status,
  });
}

function adviseOnScopes(asked: readonly string[]): string | undefined {
  if (asked.length === 0) return undefined;
  return `It does not give this client all of these scopes: ${formatScopes(asked)}. Name those that the client has been given: \`scopes\` of a program, --scope of a command.`;
}

/** Longest list of scopes in a message. */
const MAX_TOLD_LENGTH = 500;

/** Scopes for a message. A server may have chosen them: what is no `scope-token` (RFC 6749 §3.3) is left out. */
function formatScopes(scopes: readonly string[]): string {
  const text = scopes.filter(isScopeToken).join(' ');
  return text.length > MAX_TOLD_LENGTH ? `${text.slice(0, MAX_TOLD_LENGTH - 1)}…` : text;
}
