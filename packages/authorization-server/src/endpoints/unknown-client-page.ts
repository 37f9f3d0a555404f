import type { ErrorPage, RequestContext } from '@portcullis/ports';
import { parseUrl } from '@portcullis/protocol';
import type { LetInFailure } from '../checks/let-in.js';
import type { RedirectFailure } from '../checks/redirect.js';
import type { Core } from '../core.js';
import { errorPageResponse } from './page-response.js';

/**
 * One page for whatever a stranger could learn from: whether a client exists, what it registered, where its document
 * lies and what came from there. No stranger's text is shown on it.
 */
const UNKNOWN_CLIENT: Pick<ErrorPage, 'title' | 'summary' | 'code'> = {
  title: 'This request cannot be trusted',
  summary:
    'The application that sent you here is not known, or asked for an answer at an address it did not register. ' +
    'Go back to the application, remove this connection and add it again.',
  code: 'invalid_client',
};

/** The pages that say more: of what the operator decided, and nothing else. */
const OPERATOR_PAGES = {
  sign_in_before_asking: {
    title: 'This application is not known here yet',
    summary:
      'Nobody has used this application here before. Sign in, then start again from the application: ' +
      'whoever runs this server is then asked to let it in.',
  },
  client_waits_for_operator: {
    title: 'This application waits for the operator',
    summary:
      'Nobody has used this application here before. Whoever runs this server has been asked to let it in; ' +
      'try again once they have.',
  },
  approval_queue_full: {
    title: 'This application is not let in yet',
    summary:
      'Nobody has used this application here before, and too many others of the same site wait to be let in. ' +
      'Ask whoever runs this server.',
  },
  client_shut_out: {
    title: 'This application is not let in here',
    summary: 'Whoever runs this server does not let this application in.',
  },
} as const;

/** The one page. Records nothing. */
export function unknownClientResponse(core: Core, context: RequestContext): Response {
  return errorPageResponse(core, context, UNKNOWN_CLIENT);
}

/** Answers a request that has nowhere to send its answer to, or whose client is not let in, on a page, and records why. */
export function refuseUnknown(
  core: Core,
  context: RequestContext,
  clientId: string | undefined,
  failure: RedirectFailure | LetInFailure | { readonly reason: 'grant_type_not_of_client' },
): Response {
  const known = clientId === undefined ? {} : { clientId };
  switch (failure.reason) {
    case 'document_refused':
      core.trail.refused(context, 'client.document_refused', { ...known, ...failure.refusal });
      return unknownClientResponse(core, context);
    case 'rate_limited': {
      const { rule, retryAfterSeconds } = failure;
      core.trail.refused(context, 'rate_limit.exceeded', { reason: failure.reason, rule, ...known });
      const summary = `Wait ${retryAfterSeconds} seconds, then try again.`;
      return errorPageResponse(
        core,
        context,
        { status: 429, title: 'Too many applications at once', summary, code: 'temporarily_unavailable' },
        { retryAfterSeconds },
      );
    }
    case 'sign_in_before_asking':
    case 'client_waits_for_operator':
    case 'approval_queue_full':
    case 'client_shut_out':
      core.trail.refused(context, 'authorization.refused', {
        reason: failure.reason,
        ...known,
        ...(failure.reason === 'client_shut_out' ? { detail: failure.detail } : {}),
      });
      return errorPageResponse(core, context, {
        status: 403,
        code: 'access_denied',
        ...OPERATOR_PAGES[failure.reason],
        ...(failure.reason === 'sign_in_before_asking' ? { signInPath: core.paths.account } : {}),
        ...(failure.reason === 'client_waits_for_operator' ? { waitingHost: hostOf(clientId) } : {}),
      });
    default:
      core.trail.refused(context, 'authorization.refused', { reason: failure.reason, ...known });
      return unknownClientResponse(core, context);
  }
}

/** The host of a metadata document, as the URL parser writes it; nothing else of the URL. */
function hostOf(clientId: string | undefined): string | undefined {
  return clientId === undefined ? undefined : parseUrl(clientId)?.host;
}
