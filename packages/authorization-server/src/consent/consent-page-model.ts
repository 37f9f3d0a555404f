import type { ConsentPage, ScopeDefinition } from '@portcullis/ports';
import type { Core } from '../core.js';
import { transactionPlace } from '../sign-in/place.js';
import type { NamedUser } from '../sign-in/presence.js';
import type { BoundTransaction } from './bound-transaction.js';
import { buildClientView } from './client-view.js';
import type { ConsentOffer } from './consent-offer.js';
import { deriveCsrfToken } from './csrf-token.js';

/** The model of the consent page: what the request asks for, and what it may do already, in the words of the resource. */
export function buildConsentPage(
  core: Core,
  bound: BoundTransaction,
  user: NamedUser,
  offer: ConsentOffer,
): ConsentPage {
  const { handle, browser, transaction, client, resource } = bound;
  const { subject, username } = user;
  const inWords = (scopes: readonly string[]): readonly ScopeDefinition[] =>
    scopes.flatMap((name) => resource.scopes.find((scope) => scope.name === name) ?? []);
  const csrfToken = deriveCsrfToken(core.ports.platform.hash, {
    purpose: 'consent',
    handle,
    browser,
    subject,
    documentFingerprint: client.document?.fingerprint,
  });
  return {
    form: { action: core.paths.consent, transaction: handle, csrfToken },
    client: buildClientView(client, transaction.redirectUri, core.settings),
    resourceName: resource.displayName,
    resource: resource.identifier,
    username,
    scopes: inWords(offer.asked),
    allowedScopes: inWords(offer.allowed),
    descriptionChanged: offer.descriptionChanged,
    switchUserForm: transactionPlace(core, bound).signOutForm(subject),
  };
}
