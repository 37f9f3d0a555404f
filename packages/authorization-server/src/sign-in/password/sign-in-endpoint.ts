import type { PasswordHasher, RequestContext, User } from '@portcullis/ports';
import type { Core } from '../../core.js';
import type { PageHandler } from '../../endpoints/endpoint.js';
import { pageResponse, seeOther } from '../../endpoints/page-response.js';
import { rememberBrowser } from './known-browser.js';
import { readSignInForm, type SignInForm } from './sign-in-form.js';
import { checkSignInLimits } from './sign-in-limits.js';
import { buildSignInPage } from './sign-in-page-model.js';
import { MAX_USERNAME_LENGTH, normaliseUsername } from './username.js';

const MAX_PASSWORD_LENGTH = 1024;

/** The same words whatever was wrong, so that nobody learns which accounts exist. */
const WRONG_CREDENTIALS = 'The username or the password is not right.';

/**
 * Signs a user in. The limits come before the password is hashed; an unknown user costs the same hash as a wrong
 * password and gets the same page. That an account is disabled is told only to whoever has its password. Every sign-in
 * gets a session of its own, and the one before it ends. The browser is known as one of this user from then on.
 */
export function createSignInEndpoint(passwordHasher: PasswordHasher): PageHandler {
  return async (core, request, context) => {
    const form = await readSignInForm(core, request, context);
    if (!form.ok) return form.failure;
    const typedUsername = form.value.parameters.value('username') ?? '';
    const username = normaliseUsername(typedUsername);
    const counted = await checkSignInLimits(core, request, context, form.value, username);
    if (counted.refusal !== undefined) return counted.refusal;

    const { tenantId } = core.settings;
    const password = (form.value.parameters.value('password') ?? '').slice(0, MAX_PASSWORD_LENGTH + 1);
    const isPlausible = username !== '' && password !== '' && password.length <= MAX_PASSWORD_LENGTH;
    const user = isPlausible ? await core.ports.storage.users.findByUsername(tenantId, username) : undefined;
    const isRight = await passwordHasher.verify(user?.passwordHash, password);

    const refuse = (reason: string): Response => {
      recordRefusal(core, context, form.value, reason, user);
      const { browser, place, transaction } = form.value;
      const page = buildSignInPage(core, transaction?.handle, browser, place.purpose, {
        problem: WRONG_CREDENTIALS,
        username: typedUsername.slice(0, MAX_USERNAME_LENGTH),
      });
      // 422: the form was read and understood, and what it says was not accepted (RFC 9110 §15.5.21).
      return pageResponse(core.ports.pages.signIn(page), { status: 422 });
    };
    if (user === undefined) return refuse('user_unknown');
    if (!isRight) return refuse('password_wrong');
    if (user.disabled) {
      recordRefusal(core, context, form.value, 'user_disabled', user);
      const page = { username: user.username, another: { path: form.value.place.path } };
      return pageResponse(core.ports.pages.disabledUser(page), { status: 403 });
    }
    const response = await beginSession(core, request.headers, context, form.value, user);
    if (response === undefined) return refuse('password_changed');
    await counted.giveBack();
    return response;
  };
}

/** The way on, with a new session; undefined where the user changed while the password was checked. */
async function beginSession(
  core: Core,
  headers: Headers,
  context: RequestContext,
  { cookies, place, transaction }: SignInForm,
  user: User,
): Promise<Response | undefined> {
  const { platform, storage } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const { subject, username } = user;
  if (cookies.session !== undefined) await storage.signInSessions.end(tenantId, platform.hash(cookies.session));
  const now = platform.clock.nowEpochSeconds();
  const session = core.cookies.newSessionSecret();
  const sessionHash = platform.hash(session);
  await storage.signInSessions.begin({
    tenantId,
    sessionHash,
    subject,
    authenticatedAtEpochSeconds: now,
    lastSeenAtEpochSeconds: now,
    expiresAtEpochSeconds: now + lifetimes.sessionAbsoluteSeconds,
  });
  // A reset ends the sessions it finds. One that came while the password was hashed could not find this one.
  const current = await storage.users.findBySubject(tenantId, subject);
  if (current?.passwordHash !== user.passwordHash || current?.disabled === true) {
    await storage.signInSessions.end(tenantId, sessionHash);
    return undefined;
  }
  const facts = { subject, username, ...clientOf(transaction) };
  core.trail.record(core.trail.event(context, 'user.signed_in', 'allowed', facts));
  return seeOther(place.path, [core.cookies.setSession(session), ...rememberBrowser(core, headers, user)]);
}

function recordRefusal(
  core: Core,
  context: RequestContext,
  { transaction }: SignInForm,
  reason: string,
  user: User | undefined,
): void {
  core.trail.refused(context, 'user.sign_in_refused', {
    reason,
    ...(user === undefined ? {} : { subject: user.subject, username: user.username }),
    ...clientOf(transaction),
  });
}

function clientOf(transaction: SignInForm['transaction']): { readonly clientId?: string } {
  return transaction === undefined ? {} : { clientId: transaction.clientId };
}
