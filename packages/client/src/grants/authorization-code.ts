import { OAuthClientError } from '../oauth-client-error.js';
import { canBeAskedAbout } from '../registration/known-client.js';
import { buildAuthorizationRequest, type PendingAuthorization, requirePkce } from '../sign-in/authorization-request.js';
import { pushWhereDue } from '../sign-in/push-authorization-request.js';
import type { SignIn, SignInTurn } from '../sign-in/sign-in.js';
import { waitForCode } from '../sign-in/wait-for-code.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { requestTokens, type TokenAnswer } from '../tokens/token-endpoint.js';
import { isClientRefused, tokenRefusal } from '../tokens/token-refusal.js';
import type { Grant, GrantContext, GrantedTokens } from './grant.js';

const GRANT_TYPES = ['authorization_code', 'refresh_token'];

/**
 * A person signs in with a browser (OAuth 2.1 §4.1). Where the authorization server no longer knows a client that
 * registered itself, the client registers again and the person is asked once more; where it may be that nobody came back
 * because of that, it registers again the next time. It registers again, too, where it asks for more than before and the
 * server holds it to the scopes that it was registered with (RFC 7591 §2, `scope`).
 */
export function authorizationCode(signIn: SignIn): Grant {
  return {
    kind: 'authorization_code',
    async obtain(context) {
      const first = await signInOnce(context, signIn);
      if (first.ok) return first.value;
      if (!first.isOfClient || !(await context.forgetClient(first.client))) throw first.error;
      const second = await signInOnce(context, signIn);
      if (!second.ok) throw second.error;
      return second.value;
    },
  };
}

/** What came of one turn in the browser. */
type SignInOutcome =
  | { readonly ok: true; readonly value: GrantedTokens }
  | {
      readonly ok: false;
      readonly error: OAuthClientError;
      readonly client: ProvenClient;
      /** Whether another client may fare better. */
      readonly isOfClient: boolean;
    };

/** @throws {OAuthClientError} where nobody could be asked */
async function signInOnce(context: GrantContext, signIn: SignIn): Promise<SignInOutcome> {
  const { server, resource, scopes, dpopKey } = context;
  // Not even a registration is sent to a server where nobody may sign in.
  requirePkce(server);
  const known = await context.knownRedirectUris();
  const turn = await signIn.begin(known);
  try {
    const { redirectUri } = turn;
    const client = await context.chooseClient({ redirectUri, grantTypes: GRANT_TYPES, scopes });
    const dpopThumbprint = await dpopKey?.handle.calculateThumbprint();
    const { clientId } = client.registration;
    const request = { clientId, redirectUri, resource, scopes, dpopThumbprint };
    const pushed = await pushWhereDue(context, client, await buildAuthorizationRequest(server, request));
    const wasRegisteredBefore = known.includes(redirectUri);
    if (pushed.ok) return await finish(context, client, pushed.value, turn, wasRegisteredBefore);
    const { error, isClientRefused: isOfClient } = pushed;
    return { ok: false, client, error, isOfClient: isOfClient || isOfScope(error, wasRegisteredBefore) };
  } finally {
    await turn.end();
  }
}

async function finish(
  context: GrantContext,
  client: ProvenClient,
  pending: PendingAuthorization,
  turn: SignInTurn,
  wasRegisteredBefore: boolean,
): Promise<SignInOutcome> {
  try {
    context.personIsAsked();
    const code = await waitForCode(turn, pending);
    const answer = await redeemCode(context, client, pending, code);
    if (answer.ok) return { ok: true, value: { client, response: answer.value } };
    return { ok: false, client, error: tokenRefusal(answer), isOfClient: isClientRefused(answer) };
  } catch (error) {
    if (!(error instanceof OAuthClientError)) throw error;
    const isTimedOut = error.code === 'sign_in_timed_out';
    // A server that does not know the client sends nobody back, and this one could not be asked before.
    if (isTimedOut && wasRegisteredBefore && !pending.isPushed && !canBeAskedAbout(pending.server, client)) {
      await context.forgetClient(client);
    }
    return { ok: false, client, error, isOfClient: isOfScope(error, wasRegisteredBefore) };
  }
}

/** Whether the server may hold the client to what it was registered with before. */
function isOfScope({ code, error }: OAuthClientError, wasRegisteredBefore: boolean): boolean {
  return code === 'authorization_refused' && error === 'invalid_scope' && wasRegisteredBefore;
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
