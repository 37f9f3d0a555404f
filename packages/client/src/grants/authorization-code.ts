import { buildAuthorizationRequest, type PendingAuthorization, requirePkce } from '../sign-in/authorization-request.js';
import type { SignIn } from '../sign-in/sign-in.js';
import { waitForCode } from '../sign-in/wait-for-code.js';
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
  // Before the client makes itself known there.
  requirePkce(context.server);
  const turn = await signIn.begin(await context.knownRedirectUris());
  try {
    const { redirectUri } = turn;
    const { server, resource, scopes, dpopKey } = context;
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
