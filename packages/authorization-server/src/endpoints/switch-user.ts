import type { EndpointHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { seeOther } from './page-response.js';
import { readDecisionForm } from './posted-form.js';

/** Ends the sign-in session and asks again for a user. The transaction goes on. */
export const switchUserEndpoint: EndpointHandler = async (core, request, context) => {
  const form = await readDecisionForm(core, request, context);
  if (!form.ok) return form.failure;
  const { bound, cookies, signedIn } = form.value;
  const { platform, storage } = core.ports;
  if (cookies.session !== undefined) {
    await storage.signInSessions.end(core.settings.tenantId, platform.hash(cookies.session));
  }
  const { subject, username } = signedIn.user;
  core.trail.record(core.trail.event(context, 'user.signed_out', 'allowed', { subject, username }));
  return seeOther(interactionPath(core, bound.handle), [core.cookies.clearSession()]);
};
