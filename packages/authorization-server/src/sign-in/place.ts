import type { PageForm, SignInPurpose } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { BoundTransaction } from '../consent/bound-transaction.js';
import { buildBoundClientView } from '../consent/client-view.js';
import { deriveCsrfToken } from '../consent/csrf-token.js';
import { readTransactionHandle } from '../consent/transaction-handle.js';
import type { Core } from '../core.js';
import { interactionPath } from '../endpoints/interaction-path.js';

/** Somewhere a user is needed, and where a sign-in therefore leads: the page of a transaction, or the account page.
 * There is no third one, and no request can name one. */
export interface Place {
  readonly path: string;
  /** The same, for a person who has just signed out to be somebody else. */
  readonly anotherUserPath: string;
  readonly purpose: SignInPurpose;
  /** A sign-in older than this does not do here. */
  readonly authenticatedSince: EpochSeconds | undefined;
  /** What a page shown here sets: the browser's cookie, where its forms are bound to a new one. */
  readonly setCookies: readonly string[];
  /** The form that signs `subject` out here. */
  signOutForm(subject: string): PageForm;
}

/** The page of a transaction, in its browser. */
export function transactionPlace(core: Core, bound: BoundTransaction): Place {
  const { handle, browser, resource } = bound;
  return {
    path: interactionPath(core, handle),
    anotherUserPath: `${interactionPath(core, handle)}&${ANOTHER_USER}`,
    purpose: {
      kind: 'authorization',
      client: buildBoundClientView(bound),
      resourceName: resource.displayName,
    },
    authenticatedSince: readTransactionHandle(handle).authenticatedSince,
    setCookies: [],
    signOutForm: (subject) => ({
      action: core.paths.switchUser,
      transaction: handle,
      csrfToken: deriveCsrfToken(core.ports.platform.hash, { purpose: 'switch-user', handle, subject }, browser),
    }),
  };
}

/** The account page, at the browser whose secret this is or, by `setCookies`, will be. */
export function accountPlace(core: Core, browser: string, setCookies: readonly string[] = []): Place {
  return {
    path: core.paths.account,
    anotherUserPath: `${core.paths.account}?${ANOTHER_USER}`,
    purpose: { kind: 'account' },
    authenticatedSince: undefined,
    setCookies,
    signOutForm: (subject) => accountForm(core, browser, subject, core.paths.accountSignOut),
  };
}

/** A form of the account page. */
export function accountForm(core: Core, browser: string, subject: string, action: string): PageForm {
  const binding = { purpose: 'account', handle: undefined, subject } as const;
  return { action, transaction: undefined, csrfToken: deriveCsrfToken(core.ports.platform.hash, binding, browser) };
}

const ANOTHER_USER = 'user=another';

/** Whether a page was reached by {@link Place.anotherUserPath}. It changes how the person is asked, and nothing else. */
export function asksForAnotherUser(request: Request): boolean {
  return new URL(request.url).searchParams.get('user') === 'another';
}
