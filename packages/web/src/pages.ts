import type { AuthorizationPages } from '@portcullis/ports';
import { renderAccountPage } from './account-page.js';
import { renderConsentPage } from './consent-page.js';
import { renderDeviceDonePage } from './device-done-page.js';
import { renderDevicePage } from './device-page.js';
import { renderDisabledUserPage } from './disabled-user-page.js';
import { renderErrorPage } from './error-page.js';
import type { PageOptions } from './layout.js';
import { renderLeavingPage } from './leaving-page.js';
import { renderSignInPage } from './sign-in-page.js';
import { renderSignedOutPage } from './signed-out-page.js';
import { renderUntrustedRedirectPage } from './untrusted-redirect-page.js';

/** Builds the pages of the authorization server: pure functions from a model to a whole HTML document. */
export function createPages(options: PageOptions): AuthorizationPages {
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
