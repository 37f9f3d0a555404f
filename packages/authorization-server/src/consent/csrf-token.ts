import type { Hash } from '@portcullis/ports';
import type { Sha256 } from '@portcullis/protocol';
import { equalsInConstantTime } from '../constant-time.js';

/** Which form it is. A token of one is none of another. */
export type FormPurpose = 'sign-in' | 'consent' | 'switch-user' | 'account' | 'device';

/** What a form is bound to, beside the browser it is shown in. */
export interface FormBinding {
  readonly purpose: FormPurpose;
  /** The transaction's handle; undefined for a form that belongs to none. */
  readonly handle: string | undefined;
  /** Who is signed in. A form counts for the user it was shown to, and nobody else; a sign-in form is shown to nobody in
   * particular. */
  readonly subject: string | undefined;
  /** Of the document or the registration that described the client on the page: consent to one is no consent to another. */
  readonly documentFingerprint?: Sha256 | undefined;
}

/**
 * The CSRF token of a form: derived from a secret that only this browser has, so nothing needs to be stored and two tabs
 * cannot overwrite each other's. The parts have fixed alphabets without a line break, so no two bindings collide.
 *
 * @param browser - a secret of the browser it is shown in
 */
export function deriveCsrfToken(hash: Hash, binding: FormBinding, browser: string): string {
  const { purpose, handle = '', subject = '', documentFingerprint = '' } = binding;
  return hash(['portcullis csrf', purpose, handle, browser, subject, documentFingerprint].join('\n'));
}

/**
 * Whether `presented` is the token of this form in this browser: by whichever of its `browsers`, since a browser may have
 * got another since it was shown the form. Each is compared in constant time.
 */
export function checkCsrfToken(
  hash: Hash,
  binding: FormBinding,
  browsers: readonly string[],
  presented: string | undefined,
): boolean {
  if (presented === undefined) return false;
  return browsers.some((browser) => equalsInConstantTime(presented, deriveCsrfToken(hash, binding, browser)));
}
