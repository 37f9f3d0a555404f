import type { RequestContext, WholeResponse } from '@portcullis/ports';
import type { Core } from '../core.js';
import { describeRefusal } from '../refusals.js';
import { refusalResponse } from './client-response.js';
import type { PageEndpoint, ProtocolEndpoint } from './endpoint.js';
import { errorPageResponse } from './page-response.js';
import type { UnreadBody } from './request-body.js';

/** Answers a client whose body the host did not read as its endpoint answers what it refuses itself, and records it. */
export function refuseUnreadBody(
  core: Core,
  { failureEvent, surface, unreadBodyReasons }: ProtocolEndpoint,
  unread: UnreadBody,
  context: RequestContext,
): WholeResponse {
  const reason = unreadBodyReasons?.[unread] ?? unread;
  const ofSurface = surface === 'document' ? 'request.refused' : 'token.refused';
  core.trail.refused(context, failureEvent ?? ofSurface, { reason });
  return refusalResponse(reason);
}

/** Answers a browser whose body the host did not read with a page, and records it. */
export async function refuseUnreadForm(
  core: Core,
  { unreadBodyEvent = 'browser.refused' }: PageEndpoint,
  reason: UnreadBody,
  context: RequestContext,
): Promise<WholeResponse> {
  core.trail.refused(context, unreadBodyEvent, { reason });
  const { status } = describeRefusal(reason);
  const page = errorPageResponse(core, context, {
    status,
    title: 'This form cannot be read',
    summary: 'It is too large, or took too long to come. Go back and start again.',
    code: 'invalid_request',
  });
  return { status, headers: Object.fromEntries(page.headers), body: await page.text() };
}
