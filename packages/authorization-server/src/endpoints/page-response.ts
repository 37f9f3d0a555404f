import type { ErrorPage, RequestContext, SignedOutPage } from '@portcullis/ports';
import type { Core } from '../core.js';
import { describeRefusal } from '../refusals.js';
import { type BodyFailure, TAKEN_CODINGS } from './request-body.js';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** What a page response may add. */
export interface PageOptions {
  /** @defaultValue 200 */
  readonly status?: number;
  /** The page leaves for another site, which must not learn our address. Forms need `same-origin`: without it
   * browsers send `Origin: null` from our own forms. @defaultValue false */
  readonly isLeaving?: boolean;
  readonly setCookies?: readonly string[];
  readonly retryAfterSeconds?: number;
}

/** An HTML page with everything that keeps it from being framed, cached, scripted or sniffed. */
export function pageResponse(html: string, options: PageOptions = {}): Response {
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': options.isLeaving === true ? 'no-referrer' : 'same-origin',
  });
  if (options.retryAfterSeconds !== undefined) headers.set('retry-after', String(options.retryAfterSeconds));
  for (const cookie of options.setCookies ?? []) headers.append('set-cookie', cookie);
  return new Response(html, { status: options.status ?? 200, headers });
}

/** An error page (400 when nothing else is said). */
export function errorPageResponse(
  core: Pick<Core, 'ports'>,
  context: RequestContext,
  page: Pick<ErrorPage, 'title' | 'summary'> & Partial<Omit<ErrorPage, 'title' | 'summary' | 'correlationId'>>,
  options: Omit<PageOptions, 'status'> = {},
): Response {
  const status = page.status ?? 400;
  const html = core.ports.pages.error({
    status,
    title: page.title,
    summary: page.summary,
    code: page.code,
    correlationId: context.correlationId,
    retryPath: page.retryPath,
    signInPath: page.signInPath,
    waitingHost: page.waitingHost,
  });
  return pageResponse(html, { ...options, status });
}

/** The page for a form whose body was not read, with what `failure` wants said beside. */
export function unreadableFormResponse(
  core: Pick<Core, 'ports'>,
  context: RequestContext,
  failure: BodyFailure | 'request_too_long',
  page: Pick<ErrorPage, 'title' | 'summary'> & { readonly code?: string },
): Response {
  const response = errorPageResponse(core, context, { ...page, status: describeRefusal(failure).status });
  if (failure === 'body_encoded') {
    for (const [name, value] of Object.entries(TAKEN_CODINGS)) response.headers.set(name, value);
  }
  return response;
}

/** The page for a handle that leads nowhere, or that was answered before. */
export function startAgainResponse(core: Core, context: RequestContext): Response {
  return errorPageResponse(core, context, {
    title: 'This page is no longer valid',
    summary: 'It has expired, was answered before, or belongs to another browser. Start again from the application.',
  });
}

/** The page after a form that leaves nobody signed in. */
export function signedOutResponse(core: Core, page: SignedOutPage, setCookies: readonly string[] = []): Response {
  return pageResponse(core.ports.pages.signedOut(page), { setCookies });
}

/** 303: whatever the method was, the browser goes on with a GET (RFC 9110 §15.4.4). */
export function seeOther(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
