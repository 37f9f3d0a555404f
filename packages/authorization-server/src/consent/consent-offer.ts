import type { Client, Consent, ConsentedDescription, Hash, ResourceDefinition } from '@portcullis/ports';
import { consentFingerprint, descriptionAtConsent } from '../clients/client-fingerprint.js';
import type { Core } from '../core.js';
import { withContained } from '../resources/contained-scopes.js';

/** What a request asks of a user, beside what this user allowed this client before. */
export interface ConsentOffer {
  /** Requested, and new. */
  readonly asked: readonly string[];
  /** Requested, and covered by a consent that still stands. */
  readonly allowed: readonly string[];
  /** What the standing consent covers, requested or not. */
  readonly covered: ReadonlySet<string>;
  /** There is a consent, but it was given to another description of the client: it covers nothing. */
  readonly descriptionChanged: boolean;
  /** That other description; undefined where it was not kept, or nothing changed. */
  readonly descriptionBefore: ConsentedDescription | undefined;
  /** The consent that stands, as it was found; undefined where none does. */
  readonly standing: Consent | undefined;
}

/** The parts of a transaction that a consent is about. */
interface ConsentRequest {
  readonly requestedScopes: readonly string[];
  readonly client: Client;
  readonly resource: ResourceDefinition;
}

/** Looks up what `subject` allowed before, and holds the request against it. */
export async function findConsentOffer(core: Core, subject: string, request: ConsentRequest): Promise<ConsentOffer> {
  const { client, resource } = request;
  const { tenantId } = core.settings;
  const consent = await core.ports.storage.consents.find(tenantId, subject, client.clientId, resource.identifier);
  return buildConsentOffer(request, consent, core.ports.platform.hash);
}

/**
 * Splits a request into what is new and what is not. A consent covers its scopes and those that the resource says they
 * contain. It never adds to a request: what was allowed before and is not asked for now stays out of the token.
 */
export function buildConsentOffer(
  { requestedScopes, client, resource }: ConsentRequest,
  consent: Consent | undefined,
  hash: Hash,
): ConsentOffer {
  if (consent === undefined) return { ...nothingAllowed(requestedScopes), ...UNCHANGED, standing: undefined };
  if (!stands(consent, client, hash)) {
    // One of before registrations had fingerprints says nothing of what the client was then: asked anew, without a word of why.
    const descriptionChanged = consent.documentFingerprint !== undefined;
    const descriptionBefore = descriptionAtConsent(consent, hash);
    return { ...nothingAllowed(requestedScopes), descriptionChanged, descriptionBefore, standing: undefined };
  }
  const covered = withContained(consent.scopes, resource.scopes);
  return {
    asked: requestedScopes.filter((scope) => !covered.has(scope)),
    allowed: requestedScopes.filter((scope) => covered.has(scope)),
    covered,
    ...UNCHANGED,
    standing: consent,
  };
}

const UNCHANGED = { descriptionChanged: false, descriptionBefore: undefined } as const;

function nothingAllowed(requestedScopes: readonly string[]): Pick<ConsentOffer, 'asked' | 'allowed' | 'covered'> {
  return { asked: requestedScopes, allowed: [], covered: new Set() };
}

/** The scopes that `scope` contains, by way of others as well, and that were allowed before. */
export function allowedWithin(
  scope: string,
  { covered }: Pick<ConsentOffer, 'covered'>,
  { scopes }: Pick<ResourceDefinition, 'scopes'>,
): readonly string[] {
  return [...withContained([scope], scopes)].filter((contained) => contained !== scope && covered.has(contained));
}

/** Whether a consent was given to the client as it is described now. */
export function stands(consent: Consent, client: Client, hash: Hash): boolean {
  return consent.clientId === client.clientId && consent.documentFingerprint === consentFingerprint(client, hash);
}
