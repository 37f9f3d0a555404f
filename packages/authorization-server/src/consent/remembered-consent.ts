import type { Client, RequestContext, ResourceDefinition } from '@portcullis/ports';
import type { EpochSeconds, RedirectUri } from '@portcullis/protocol';
import type { PromptWishes } from '../checks/prompt.js';
import type { Core } from '../core.js';
import { isRecent, type SignedInUser } from '../sign-in/presence.js';
import { findConsentOffer } from './consent-offer.js';
import { type DecidedTransaction, issueCode, noteUser } from './issue-code.js';

/** What a request asks for, where, and how the person is to be asked. */
export interface RememberableRequest {
  readonly client: Client;
  /** The redirect URI it names, as the client registered it. */
  readonly registered: RedirectUri;
  readonly resource: ResourceDefinition;
  readonly requestedScopes: readonly string[];
  readonly wishes: PromptWishes;
  readonly authenticatedSince: EpochSeconds | undefined;
}

/**
 * Whether a request may be answered without asking: the operator wants consents remembered, the user is signed in as
 * recently as the request demands, it does not ask for a page, and nothing in it is new. The answer must go to an https
 * address: behind a loopback or private-use redirect any program of the device may be asking in the client's name
 * (OAuth 2.1 §7.4, RFC 8252 §8.6), so only the person can tell.
 */
export async function isRemembered(
  core: Core,
  request: RememberableRequest,
  signedIn: SignedInUser | undefined,
): Promise<boolean> {
  if (!core.settings.rememberConsent || request.wishes.asking || signedIn === undefined) return false;
  if (!isRecent(signedIn, request.authenticatedSince)) return false;
  if (request.registered.kind !== 'https') return false;
  const offer = await findConsentOffer(core, signedIn.user.subject, request);
  return offer.asked.length === 0;
}

/**
 * Answers a transaction in the name of a user whose consent is remembered: where the browser goes with the code, or
 * undefined where there is something to ask after all. The consent is looked at once more when the user stands on the
 * transaction, since a withdrawal ends it from then on.
 */
export async function issueRemembered(
  core: Core,
  context: RequestContext,
  decided: DecidedTransaction,
  request: RememberableRequest,
  signedIn: SignedInUser,
): Promise<string | undefined> {
  await noteUser(core, decided.transaction, signedIn);
  if (!(await isRemembered(core, request, signedIn))) return undefined;
  const approval = { signedIn, scopes: request.requestedScopes, remembered: true };
  const location = await issueCode(core, context, decided, approval);
  return location.ok ? location.value : undefined;
}
