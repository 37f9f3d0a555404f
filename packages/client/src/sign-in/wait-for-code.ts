import { OAuthClientError } from '../oauth-client-error.js';
import type { PendingAuthorization } from './authorization-request.js';
import { checkAuthorizationResponse } from './authorization-response.js';
import { responseError } from './response-error.js';
import type { ReceivedResponse, SignInTurn } from './sign-in.js';

/**
 * Leads the person to an authorization request, and waits for the code of its response. A response that is not ours changes
 * nothing; one that is, once, ends the matter.
 *
 * @throws {OAuthClientError} `authorization_refused`, `authorization_response_invalid`, `sign_in_timed_out`, …
 */
export async function waitForCode(turn: SignInTurn, pending: PendingAuthorization): Promise<string> {
  let outcome: ReturnType<typeof checkAuthorizationResponse> | undefined;
  const receive = async (parameters: URLSearchParams): Promise<ReceivedResponse> => {
    // One response ends a request; a second one is as foreign as any.
    if (outcome !== undefined) return 'ignored';
    const checked = checkAuthorizationResponse(pending, parameters);
    if (!checked.ok && checked.failure.kind === 'not_ours') return 'ignored';
    outcome = checked;
    return checked.ok ? 'accepted' : 'refused';
  };
  await turn.run(pending.url, receive);
  if (outcome === undefined) throw new OAuthClientError('sign_in_timed_out', 'Nobody signed in.');
  if (!outcome.ok) throw responseError(outcome.failure, pending);
  return outcome.value;
}
