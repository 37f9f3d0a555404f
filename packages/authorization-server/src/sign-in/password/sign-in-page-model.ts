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
  const binding = { purpose: 'sign-in', handle, subject: undefined } as const;
  const csrfToken = deriveCsrfToken(core.ports.platform.hash, binding, browser);
  return {
    form: { action: core.paths.signIn, transaction: handle, csrfToken },
    purpose,
    again: state.again ?? false,
    anotherUser: state.anotherUser ?? false,
    problem: state.problem,
    username: state.username ?? '',
  };
}
