import type { AuthorizationPages } from '@portcullis/ports';
import { renderAccountPage } from './account-page.js';
import { renderConsentPage } from './consent-page.js';
import { renderDeviceDonePage } from './device-done-page.js';
import { renderDevicePage } from './device-page.js';
import { renderDisabledUserPage } from './disabled-user-page.js';
import { renderErrorPage } from './error-page.js';
import { DEFAULT_PAGE_OPTIONS, type PageOptions } from './layout.js';
import { renderLeavingPage } from './leaving-page.js';
import { renderSignInPage } from './sign-in-page.js';
import { renderSignedOutPage } from './signed-out-page.js';
import { renderUntrustedRedirectPage } from './untrusted-redirect-page.js';

/** The options there are; the compiler holds them against the type. */
const OPTION_NAMES: Readonly<Record<keyof PageOptions, true>> = {
  productName: true,
  pendingCommand: true,
  stylesheetPath: true,
};

/**
 * Builds the pages of the authorization server: pure functions from a model to a whole HTML document. The host serves `stylesheet`
 * at `stylesheetPath`.
 *
 * @param given - by default, all is as {@link PageOptions} says
 * @throws {TypeError} for an option that there is not
 */
export function createPages(given: Partial<PageOptions> = {}): AuthorizationPages {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(OPTION_NAMES, name)) continue;
    throw new TypeError(`createPages: there is no option ${name}; there are ${Object.keys(OPTION_NAMES).join(', ')}`);
  }
  const options: PageOptions = {
    ...given,
    stylesheetPath: given.stylesheetPath ?? DEFAULT_PAGE_OPTIONS.stylesheetPath,
  };
  return {
    signIn: (page) => renderSignInPage(page, options),
    consent: (page) => renderConsentPage(page, options),
    leaving: (page) => renderLeavingPage(page, options),
    device: (page) => renderDevicePage(page, options),
    deviceDone: (page) => renderDeviceDonePage(page, options),
    untrustedRedirect: (page) => renderUntrustedRedirectPage(page, options),
    error: (page) => renderErrorPage(page, options),
    signedOut: (page) => renderSignedOutPage(page, options),
    disabledUser: (page) => renderDisabledUserPage(page, options),
    account: (page) => renderAccountPage(page, options),
  };
}
