import type { AskedScope, ConsentPage, DescriptionChange, ScopeDefinition } from '@portcullis/ports';
import type { Core } from '../core.js';
import { transactionPlace } from '../sign-in/place.js';
import type { NamedUser } from '../sign-in/presence.js';
import type { BoundTransaction } from './bound-transaction.js';
import { buildBoundClientView } from './client-view.js';
import { allowedWithin, type ConsentOffer } from './consent-offer.js';
import { deriveCsrfToken } from './csrf-token.js';
import { decisionBinding } from './decision-binding.js';
import { findDescriptionChanges } from './description-changes.js';

/** The model of the consent page: what the request asks for, and what it may do already, in the words of the resource. */
export function buildConsentPage(
  core: Core,
  bound: BoundTransaction,
  user: NamedUser,
  offer: ConsentOffer,
): ConsentPage {
  const { handle, browser, resource } = bound;
  const { subject, username } = user;
  const { hash } = core.ports.platform;
  const inWords = (scopes: readonly string[]): readonly ScopeDefinition[] =>
    scopes.flatMap((name) => resource.scopes.find((scope) => scope.name === name) ?? []);
  const asked = inWords(offer.asked).map((scope): AskedScope => {
    const allowedBefore = inWords(allowedWithin(scope.name, offer, resource));
    return allowedBefore.length === 0 ? scope : { ...scope, allowedBefore };
  });
  const csrfToken = deriveCsrfToken(hash, decisionBinding(bound, subject, hash), browser);
  return {
    form: { action: core.paths.consent, transaction: handle, csrfToken },
    client: buildBoundClientView(bound),
    resourceName: resource.displayName,
    resource: resource.identifier,
    username,
    scopes: asked,
    allowedScopes: inWords(offer.allowed),
    descriptionChanged: offer.descriptionChanged,
    descriptionChanges: changesOf(bound, offer),
    switchUserForm: transactionPlace(core, bound).signOutForm(subject),
  };
}

function changesOf(
  { client, answer }: BoundTransaction,
  { descriptionBefore }: ConsentOffer,
): readonly DescriptionChange[] {
  if (descriptionBefore === undefined) return [];
  const answersAt = answer.kind === 'redirect' ? answer.registered.uri : undefined;
  return findDescriptionChanges(descriptionBefore, { client, answersAt });
}
