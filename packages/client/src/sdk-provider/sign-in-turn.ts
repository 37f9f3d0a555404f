import { parseUrl } from '@portcullis/protocol';
import { type ClientChoice, chooseClient, isReplaceable } from '../registration/choose-client.js';
import type { KnownServer } from '../session/known-server.js';
import { buildAuthorizationRequest, type PendingAuthorization, requirePkce } from '../sign-in/authorization-request.js';
import { checkAuthorizationResponse } from '../sign-in/authorization-response.js';
import { type PushedAuthorizationRequests, pushWhereDue } from '../sign-in/push-authorization-request.js';
import { responseError } from '../sign-in/response-error.js';
import type { SignIn } from '../sign-in/sign-in.js';
import { waitForCode } from '../sign-in/wait-for-code.js';
import { MAX_SIGN_IN_SECONDS } from '../stores/sign-in-records.js';
import type { Target } from './discovery-state.js';
import type { RedirectSignIn } from './provider-options.js';

/** A code whose response was checked, with what it is redeemed by and where. */
export interface CheckedCode {
  readonly target: Target;
  readonly code: string;
  readonly codeVerifier: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
}

/** A sign-in whose response comes to this process. */
export interface SignInUnderWay {
  readonly code: Promise<CheckedCode>;
  hasFailed(): boolean;
}

/** What a sign-in begins with. */
export interface TurnChoice extends ClientChoice {
  readonly pushedAuthorizationRequests: PushedAuthorizationRequests;
}

const GRANT_TYPES = ['authorization_code', 'refresh_token'];
/** A response may be handed over as a path or a query. Of the address before that nothing is read. */
const ANY_ORIGIN = 'http://127.0.0.1';

/**
 * Begins a sign-in whose response comes to this process. The browser may not have opened yet when it resolves.
 *
 * @throws {OAuthClientError} where it cannot begin
 */
export async function beginTurn(
  choice: TurnChoice,
  target: Target,
  scopes: readonly string[],
  signIn: SignIn,
): Promise<SignInUnderWay> {
  const turn = await signIn.begin(await choice.records.loadRedirectUris(target.place));
  let pending: PendingAuthorization;
  try {
    pending = await prepare(choice, target, turn.redirectUri, scopes);
  } catch (error) {
    await turn.end();
    throw error;
  }
  let hasFailed = false;
  const code = waitForCode(turn, pending)
    .then((received) => checkedCode(target, pending, received))
    .finally(() => turn.end());
  // Whoever waits is told; that nobody does yet is no failure of its own.
  code.catch(() => {
    hasFailed = true;
  });
  return { code, hasFailed: () => hasFailed };
}

/** Begins a sign-in whose response comes to the application, which may be another process then. @throws {OAuthClientError} */
export async function beginRedirect(
  choice: TurnChoice,
  target: Target,
  scopes: readonly string[],
  signIn: RedirectSignIn,
): Promise<void> {
  const pending = await prepare(choice, target, signIn.redirectUri, scopes);
  const { state, codeVerifier, clientId, redirectUri } = pending;
  const startedAtEpochSeconds = choice.now();
  await choice.records.saveSignIn({
    place: target.place,
    state,
    codeVerifier,
    clientId,
    redirectUri,
    scopes,
    startedAtEpochSeconds,
  });
  await signIn.redirect(pending.url);
}

/**
 * The code of a response that the application received: of the sign-in whose `state` it has, of all that wait. A response that is not ours changes nothing: the right one may
 * still come. One that is, counts once, whatever it says.
 *
 * @param callback - the address that the browser came back to, its path and query, or its query
 * @throws {OAuthClientError} `authorization_response_invalid`, `authorization_refused`, …
 */
export async function receiveCallback(
  { records, now }: ClientChoice,
  knownServer: KnownServer,
  callback: string | URL | URLSearchParams,
): Promise<CheckedCode> {
  const parameters = readCallback(callback);
  const [named, ...more] = parameters.getAll('state');
  const started = named === undefined || more.length > 0 ? undefined : await records.loadSignIn(named);
  if (started === undefined || started.startedAtEpochSeconds < now() - MAX_SIGN_IN_SECONDS) {
    throw responseError({ kind: 'not_ours' });
  }
  const { state, place } = started;
  // Of the one that was asked, whatever the MCP server names by now.
  const server = await knownServer.of(place);
  if (!(await records.takeSignIn(state))) throw responseError({ kind: 'not_ours' });
  const checked = checkAuthorizationResponse({ state, server }, parameters);
  if (!checked.ok) throw responseError(checked.failure);
  return checkedCode({ server, place, resourceScopes: undefined }, started, checked.value);
}

async function prepare(
  choice: TurnChoice,
  { server, place }: Target,
  redirectUri: string,
  scopes: readonly string[],
): Promise<PendingAuthorization> {
  // Before the client makes itself known there.
  requirePkce(server);
  const client = await chooseClient(choice, server, place, { redirectUri, grantTypes: GRANT_TYPES, scopes });
  const { clientId } = client.registration;
  const { resource } = place;
  const request = { clientId, redirectUri, resource, scopes, dpopThumbprint: undefined };
  const pending = await buildAuthorizationRequest(server, request);
  const pushed = await pushWhereDue({ ...choice, dpopKey: undefined }, client, pending);
  if (pushed.ok) return pushed.value;
  if (pushed.isClientRefused && isReplaceable(choice.identity, client)) {
    await choice.records.removeRegistration(place, clientId);
  }
  throw pushed.error;
}

function checkedCode(
  target: Target,
  { codeVerifier, clientId, redirectUri, scopes }: Omit<CheckedCode, 'target' | 'code'>,
  code: string,
): CheckedCode {
  return { target, code, codeVerifier, clientId, redirectUri, scopes };
}

/** Nothing, where it is no address. */
function readCallback(callback: string | URL | URLSearchParams): URLSearchParams {
  if (callback instanceof URLSearchParams) return callback;
  return parseUrl(String(callback), ANY_ORIGIN)?.searchParams ?? new URLSearchParams();
}
