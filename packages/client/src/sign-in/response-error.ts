import { OAuthClientError } from '../oauth-client-error.js';
import type { AuthorizationResponseFailure } from './authorization-response.js';

/** What is told of a response that was not acted on. Nothing in it is taken from the response but a code of the RFC. */
export function responseError(failure: AuthorizationResponseFailure): OAuthClientError {
  switch (failure.kind) {
    case 'refused': {
      const { error } = failure;
      const isNo = error === 'access_denied';
      const message = isNo
        ? 'The sign-in was declined. Sign in again, and allow the access, to go on.'
        : `The authorization server refused the sign-in${error === undefined ? '' : `: ${error}`}. Whoever runs it can tell why.`;
      return new OAuthClientError('authorization_refused', message, { error });
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
