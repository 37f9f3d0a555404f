import type { ConsentPage, ScopeDefinition, SignInPage, TransactionForm, User } from '@portcullis/ports';
import type { Core } from '../core.js';
import type { BoundTransaction } from './bound-transaction.js';
import { buildClientView } from './client-view.js';
import { deriveCsrfToken, type FormPurpose } from './csrf-token.js';

/** The model of the sign-in page. */
export function buildSignInPage(
  core: Core,
  bound: BoundTransaction,
  lastTry: Pick<SignInPage, 'problem' | 'username'> = { problem: undefined, username: '' },
): SignInPage {
  return {
    form: buildForm(core, bound, 'sign-in', undefined),
    client: buildClientView(bound.client, bound.transaction.redirectUri, core.settings),
    resourceName: bound.resource.displayName,
    ...lastTry,
  };
}

/** The model of the consent page: the scopes the request asks for, in the words of the resource. */
export function buildConsentPage(core: Core, bound: BoundTransaction, user: User): ConsentPage {
  const isScope = (scope: ScopeDefinition | undefined): scope is ScopeDefinition => scope !== undefined;
  return {
    form: buildForm(core, bound, 'consent', user.subject),
    client: buildClientView(bound.client, bound.transaction.redirectUri, core.settings),
    resourceName: bound.resource.displayName,
    resource: bound.resource.identifier,
    username: user.username,
    scopes: bound.transaction.requestedScopes
      .map((name) => bound.resource.scopes.find((scope) => scope.name === name))
      .filter(isScope),
    switchUserAction: core.paths.switchUser,
  };
}

function buildForm(
  core: Core,
  bound: BoundTransaction,
  purpose: FormPurpose,
  subject: string | undefined,
): TransactionForm {
  const { handle, browser } = bound;
  return {
    action: purpose === 'sign-in' ? core.paths.signIn : core.paths.consent,
    transaction: handle,
    csrfToken: deriveCsrfToken(core.ports.platform.hash, { purpose, handle, browser, subject }),
  };
}
