import { OAuthClientError } from '../oauth-client-error.js';
import {
  buildAuthorizationRequest,
  checkPkceSupport,
  type PendingAuthorization,
} from '../sign-in/authorization-request.js';
import { type AuthorizationResponseFailure, checkAuthorizationResponse } from '../sign-in/authorization-response.js';
import type { ReceivedResponse, SignIn, SignInTurn } from '../sign-in/sign-in.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { requestTokens, type TokenAnswer } from '../tokens/token-endpoint.js';
import { isClientRefused, tokenRefusal } from '../tokens/token-refusal.js';
import type { Grant, GrantContext } from './grant.js';

const GRANT_TYPES = ['authorization_code', 'refresh_token'];

/**
 * A person signs in with a browser (OAuth 2.1 §4.1). Where the authorization server no longer knows a client that
 * registered itself, the client registers again and the person is asked once more.
 */
export function authorizationCode(signIn: SignIn): Grant {
  return {
    kind: 'authorization_code',
    async obtain(context) {
      const first = await signInOnce(context, signIn);
      if (first.answer.ok) return { client: first.client, response: first.answer.value };
      if (!isClientRefused(first.answer) || !(await context.forgetClient(first.client)))
        throw tokenRefusal(first.answer);
      const second = await signInOnce(context, signIn);
      if (!second.answer.ok) throw tokenRefusal(second.answer);
      return { client: second.client, response: second.answer.value };
    },
  };
}

async function signInOnce(
  context: GrantContext,
  signIn: SignIn,
): Promise<{ readonly client: ProvenClient; readonly answer: TokenAnswer }> {
  const { server, resource, scopes, dpopKey } = context;
  // Not even a registration is sent to a server where nobody may sign in.
  checkPkceSupport(server);
  const turn = await signIn.begin(await context.knownRedirectUris());
  try {
    const { redirectUri } = turn;
    const client = await context.chooseClient({ redirectUri, grantTypes: GRANT_TYPES, scopes });
    const dpopThumbprint = await dpopKey?.handle.calculateThumbprint();
    const { clientId } = client.registration;
    const pending = await buildAuthorizationRequest(server, {
      clientId,
      redirectUri,
      resource,
      scopes,
      dpopThumbprint,
    });
    const code = await waitForCode(turn, pending);
    return { client, answer: await redeemCode(context, client, pending, code) };
  } finally {
    await turn.end();
  }
}

/** @throws {OAuthClientError} */
async function waitForCode(turn: SignInTurn, pending: PendingAuthorization): Promise<string> {
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
  if (!outcome.ok) throw responseError(outcome.failure);
  return outcome.value;
}

/** Redeems a code (OAuth 2.1 §4.1.3), with the verifier and for the resource of its request. */
export function redeemCode(
  { transport, server, dpopKey }: Pick<GrantContext, 'transport' | 'server' | 'dpopKey'>,
  client: ProvenClient,
  pending: Pick<PendingAuthorization, 'redirectUri' | 'codeVerifier' | 'resource'>,
  code: string,
): Promise<TokenAnswer> {
  return requestTokens(transport, server, client, {
    grantType: 'authorization_code',
    parameters: {
      code,
      redirect_uri: pending.redirectUri,
      code_verifier: pending.codeVerifier,
      resource: pending.resource,
    },
    dpopKey,
  });
}

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
