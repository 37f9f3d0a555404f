import type { RateLimitRule, RequestContext } from '@portcullis/ports';
import { buildSignInPage } from '../consent/page-models.js';
import { MAX_USERNAME_LENGTH, normaliseUsername } from '../consent/username.js';
import type { Core } from '../core.js';
import type { EndpointHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, pageResponse, seeOther, startAgainResponse } from './page-response.js';
import { type PostedForm, readSignInForm } from './posted-form.js';

const MAX_PASSWORD_LENGTH = 1024;

/** The same words whatever was wrong, so that nobody learns which accounts exist. */
const WRONG_CREDENTIALS = 'The username or the password is not right.';

/**
 * Signs a user in. The limits come before the password is hashed; an unknown user costs the same hash as a wrong
 * password and gets the same page. Every sign-in gets a session of its own, and the one before it ends.
 */
export const signInEndpoint: EndpointHandler = async (core, request, context) => {
  const form = await readSignInForm(core, request, context);
  if (!form.ok) return form.failure;
  const { parameters, bound, cookies } = form.value;
  if (bound.transaction.status !== 'open') {
    core.trail.refused(context, 'authorization.refused', { reason: 'transaction_ended' });
    return startAgainResponse(core, context);
  }

  const typedUsername = parameters.value('username') ?? '';
  const username = normaliseUsername(typedUsername);
  const limited = await checkSignInLimits(core, context, form.value, username);
  if (limited !== undefined) return limited;

  const { platform, storage, passwordHasher, pages } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const password = (parameters.value('password') ?? '').slice(0, MAX_PASSWORD_LENGTH + 1);
  const isPlausible = username !== '' && password !== '' && password.length <= MAX_PASSWORD_LENGTH;
  const user = isPlausible ? await storage.users.findByUsername(tenantId, username) : undefined;
  const isRight = await passwordHasher.verify(user?.passwordHash, password);
  const refuse = (reason: string): Response => {
    core.trail.refused(context, 'user.sign_in_refused', {
      reason,
      ...(user === undefined ? {} : { subject: user.subject, username: user.username }),
      clientId: bound.client.clientId,
    });
    const page = buildSignInPage(core, bound, {
      problem: WRONG_CREDENTIALS,
      username: typedUsername.slice(0, MAX_USERNAME_LENGTH),
    });
    // 422: the form was read and understood, and what it says was not accepted (RFC 9110 §15.5.21).
    return pageResponse(pages.signIn(page), { status: 422 });
  };
  if (user === undefined) return refuse('user_unknown');
  if (!isRight) return refuse('password_wrong');
  if (user.disabled) return refuse('user_disabled');

  if (cookies.session !== undefined) await storage.signInSessions.end(tenantId, platform.hash(cookies.session));
  const now = platform.clock.nowEpochSeconds();
  const session = core.cookies.newSessionSecret();
  const sessionHash = platform.hash(session);
  await storage.signInSessions.begin({
    tenantId,
    sessionHash,
    subject: user.subject,
    authenticatedAtEpochSeconds: now,
    lastSeenAtEpochSeconds: now,
    expiresAtEpochSeconds: now + lifetimes.sessionAbsoluteSeconds,
  });
  // A reset ends the sessions it finds. One that came while the password was hashed could not find this one.
  const current = await storage.users.findBySubject(tenantId, user.subject);
  if (current?.passwordHash !== user.passwordHash || current?.disabled === true) {
    await storage.signInSessions.end(tenantId, sessionHash);
    return refuse('password_changed');
  }
  core.trail.record(
    core.trail.event(context, 'user.signed_in', 'allowed', {
      subject: user.subject,
      username: user.username,
      clientId: bound.client.clientId,
    }),
  );
  return seeOther(interactionPath(core, bound.handle), [core.cookies.setSession(session)]);
};

async function checkSignInLimits(
  core: Core,
  context: RequestContext,
  form: PostedForm,
  username: string,
): Promise<Response | undefined> {
  const { signInPerNetwork, signInPerAccount } = core.settings.rateLimits;
  const limits: readonly (readonly [RateLimitRule, string])[] = [
    [signInPerNetwork, context.network],
    [signInPerAccount, username],
  ];
  for (const [rule, key] of limits) {
    const decision = await core.ports.rateLimiter.consume(rule, `${core.settings.tenantId}:${key}`);
    if (decision.allowed) continue;
    core.trail.refused(context, 'rate_limit.exceeded', {
      reason: 'rate_limited',
      rule: rule.name,
      clientId: form.bound.client.clientId,
    });
    return errorPageResponse(
      core,
      context,
      {
        status: 429,
        title: 'Too many tries',
        summary: `Wait ${decision.retryAfterSeconds} seconds, then try again.`,
        retryPath: interactionPath(core, form.bound.handle),
      },
      { retryAfterSeconds: decision.retryAfterSeconds },
    );
  }
  return undefined;
}
