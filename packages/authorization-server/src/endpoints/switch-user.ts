import { transactionPlace } from '../sign-in/place.js';
import { findPresence } from '../sign-in/presence.js';
import { signOut } from '../sign-in/sign-out.js';
import type { PageHandler } from './endpoint.js';
import { signedOutResponse } from './page-response.js';
import { bindForm, checkFormToken, readPostedForm } from './posted-form.js';

/** Signs the user out and asks again for one, whether or not the first may act. The transaction goes on. */
export const switchUserEndpoint: PageHandler = async (core, request, context) => {
  const posted = await readPostedForm(core, request, context);
  if (!posted.ok) return posted.failure;
  const form = await bindForm(core, context, posted.value);
  if (!form.ok) return form.failure;
  const { handle, client } = form.value.bound;
  const place = transactionPlace(core, form.value.bound);
  const presence = await findPresence(core, request);
  if (presence.state === 'nobody' || presence.state === 'unusable') {
    return signedOutResponse(core, { reason: 'session_ended', continuePath: place.path, goesOn: true });
  }
  const binding = { purpose: 'switch-user', handle, subject: presence.user.subject } as const;
  const refusal = checkFormToken(core, context, form.value, binding, { path: place.path, clientId: client.clientId });
  if (refusal !== undefined) return refusal;
  const setCookies = await signOut(core, request, context, presence.user);
  const page = { reason: 'asked', continuePath: place.anotherUserPath, goesOn: true } as const;
  return signedOutResponse(core, page, setCookies);
};
