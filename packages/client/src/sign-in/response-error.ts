import { OAuthClientError } from '../oauth-client-error.js';
import type { PendingAuthorization } from './authorization-request.js';
import type { AuthorizationResponseFailure } from './authorization-response.js';

/** Where a request went whose response is told of. */
type Sent = Pick<PendingAuthorization, 'isPushed' | 'server'>;

/**
 * What is told of a response that was not acted on. Nothing in its message is taken from the response but a code of the RFC.
 *
 * @param sent - the request, where it is known
 */
export function responseError(failure: AuthorizationResponseFailure, sent?: Sent): OAuthClientError {
  switch (failure.kind) {
    case 'refused': {
      const { error, description } = failure;
      const isNo = error === 'access_denied';
      const message = isNo
        ? 'The sign-in was declined. Sign in again, and allow the access, to go on.'
        : `The authorization server refused the sign-in${error === undefined ? '' : `: ${error}`}. ${advise(error, sent)}`;
      return new OAuthClientError('authorization_refused', message, { error, description });
    }
    case 'issuer_mismatch':
      return new OAuthClientError(
        'authorization_response_invalid',
        'The response came from another authorization server than the one that was asked, or does not say from which (RFC 9207). The code was not used. If it happens again, do not trust this server.',
      );
    case 'not_ours':
    case 'malformed':
      return new OAuthClientError(
        'authorization_response_invalid',
        'What came back from the browser is no response to this sign-in. Sign in again.',
      );
  }
}

function advise(error: string | undefined, sent: Sent | undefined): string {
  // No metadata tell that one client alone is held to it (RFC 9126 §6).
  const mayHaveToBePushed =
    error === 'invalid_request' &&
    sent?.isPushed === false &&
    sent.server.pushedAuthorizationRequestEndpoint !== undefined;
  return mayHaveToBePushed
    ? 'It may take only pushed requests of this client: `pushedAuthorizationRequests` of a program, --push of a command.'
    : 'Whoever runs it can tell why.';
}
