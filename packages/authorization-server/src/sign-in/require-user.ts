import type { RequestContext } from '@portcullis/ports';
import { type EpochSeconds, fail, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';
import { errorPageResponse, pageResponse, signedOutResponse } from '../endpoints/page-response.js';
import { asksForAnotherUser, type Place } from './place.js';
import { isRecent, type NamedUser, type SignedInUser, welcome } from './presence.js';

/** The user a page is for; or what is answered instead: the way to sign in, or that this user may not. */
export async function requireUser(
  core: Core,
  request: Request,
  context: RequestContext,
  place: Place,
): Promise<Result<SignedInUser, Response>> {
  const begin = async (signedInAs: NamedUser | undefined): Promise<Response> => {
    const { path: returnPath, purpose, authenticatedSince } = place;
    await untilNoLongerAhead(core, authenticatedSince);
    const anotherUser = asksForAnotherUser(request);
    return core.signIn.begin(request, { returnPath, purpose, authenticatedSince, signedInAs, anotherUser }, context);
  };
  return decide(core, request, context, place, begin);
}

/**
 * Where the user signed in within the second in which they are asked to do so again, only a proof of the next one can be told from
 * the one there is. A proof of now is enough for whoever is sent to sign in: the second is waited out here, and not by going round
 * in circles. Longer it never takes: where the host's clock is ahead, so are its proofs.
 */
async function untilNoLongerAhead(core: Core, authenticatedSince: EpochSeconds | undefined): Promise<void> {
  const now = core.ports.platform.clock.nowEpochSeconds();
  if (authenticatedSince === undefined || authenticatedSince <= now) return;
  await new Promise<void>((resolve) => setTimeout(resolve, 1000));
}

/**
 * The same for a form that somebody sent. Nobody is asked to sign in at once: the sign-in may be on another site, and
 * browsers block a redirect there after a form.
 */
export async function requireUserOfForm(
  core: Core,
  request: Request,
  context: RequestContext,
  place: Place,
): Promise<Result<SignedInUser, Response>> {
  const page = { reason: 'session_ended', continuePath: place.path, goesOn: false } as const;
  return decide(core, request, context, place, async () => signedOutResponse(core, page));
}

async function decide(
  core: Core,
  request: Request,
  context: RequestContext,
  place: Place,
  askToSignIn: (signedInAs: NamedUser | undefined) => Promise<Response>,
): Promise<Result<SignedInUser, Response>> {
  const presence = await welcome(core, request, context);
  switch (presence.state) {
    case 'signed_in': {
      const isEnough = isRecent(presence, place.authenticatedSince);
      return isEnough ? succeed(presence) : fail(await askToSignIn(presence.user));
    }
    case 'nobody':
      return fail(await askToSignIn(undefined));
    case 'disabled':
      core.trail.refused(context, 'user.sign_in_refused', { reason: 'user_disabled', ...presence.user });
      return fail(disabledUserResponse(core, presence.user, place));
    case 'unusable':
      core.trail.refused(context, 'user.sign_in_refused', presence.why);
      return fail(
        errorPageResponse(core, context, {
          status: 403,
          title: 'This sign-in cannot be used here',
          summary: 'Whoever runs this server has to look at how people sign in. The reference below helps to find it.',
        }),
      );
  }
}

/** For a user who is signed in, and may do nothing but sign out. */
function disabledUserResponse(core: Core, user: NamedUser, place: Place): Response {
  const another = { form: place.signOutForm(user.subject) };
  const html = core.ports.pages.disabledUser({ username: user.username, another });
  return pageResponse(html, { status: 403, setCookies: place.setCookies });
}
