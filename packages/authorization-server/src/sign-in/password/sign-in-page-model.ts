import type { SignInPage, SignInPurpose } from '@portcullis/ports';
import { deriveCsrfToken } from '../../consent/csrf-token.js';
import type { Core } from '../../core.js';

/** The model of the sign-in page. `handle` is the transaction that waits for it; without one it is for the account. */
export function buildSignInPage(
  core: Pick<Core, 'ports' | 'paths'>,
  handle: string | undefined,
  browser: string,
  purpose: SignInPurpose,
  state: Partial<Pick<SignInPage, 'again' | 'anotherUser' | 'problem' | 'username'>>,
): SignInPage {
  const csrfToken = deriveCsrfToken(core.ports.platform.hash, {
    purpose: 'sign-in',
    handle,
    browser,
    subject: undefined,
  });
  return {
    form: { action: core.paths.signIn, transaction: handle, csrfToken },
    purpose,
    again: state.again ?? false,
    anotherUser: state.anotherUser ?? false,
    problem: state.problem,
    username: state.username ?? '',
  };
}
