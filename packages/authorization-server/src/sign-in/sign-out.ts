import type { RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import type { NamedUser } from './presence.js';

/** Signs a user out at this browser, and says so in the trail. Answers the `Set-Cookie` values that go with it. */
export async function signOut(
  core: Core,
  request: Request,
  context: RequestContext,
  { subject, username }: NamedUser,
): Promise<readonly string[]> {
  const setCookies = await core.signIn.end(request, context);
  core.trail.record(core.trail.event(context, 'user.signed_out', 'allowed', { subject, username }));
  return setCookies;
}
