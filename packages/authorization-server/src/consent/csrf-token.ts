import type { Hash } from '@portcullis/ports';
import { equalsInConstantTime } from '../constant-time.js';

/** Which page a form was shown on. A token of one page is none on the other. */
export type FormPurpose = 'sign-in' | 'consent';

/** What a form is bound to. */
export interface FormBinding {
  readonly purpose: FormPurpose;
  /** The transaction's handle. */
  readonly handle: string;
  /** Value of the browser cookie. */
  readonly browser: string;
  /** Who is signed in. A consent form counts for the user it was shown to, and nobody else; a sign-in form is shown
   * to nobody in particular. */
  readonly subject: string | undefined;
}

/**
 * The CSRF token of a form: derived from a secret that only this browser has, so nothing needs to be stored and two tabs
 * cannot overwrite each other's. The parts have fixed alphabets without a line break, so no two bindings collide.
 */
export function deriveCsrfToken(hash: Hash, binding: FormBinding): string {
  const { purpose, handle, browser, subject = '' } = binding;
  return hash(['portcullis csrf', purpose, handle, browser, subject].join('\n'));
}

/** Whether `presented` is the token of this form. Constant time. */
export function checkCsrfToken(hash: Hash, binding: FormBinding, presented: string | undefined): boolean {
  return presented !== undefined && equalsInConstantTime(presented, deriveCsrfToken(hash, binding));
}
