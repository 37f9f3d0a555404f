import {
  type Client,
  type Consent,
  type ConsentedDescription,
  consentedDescription,
  type Hash,
} from '@portcullis/ports';
import type { Sha256 } from '@portcullis/protocol';

/**
 * Over what a consent depends on: with another one, it is another client to a person who consented. The order in which
 * redirect URIs are listed means nothing. Grant types are no part of it: a person is told nothing of them, and fingerprints that
 * are stored would all be other ones.
 */
export function fingerprintOf(described: ConsentedDescription, hash: Hash): Sha256 {
  const { clientName, redirectUris, tokenEndpointAuthMethod, jwks, jwksUri, clientUri } = described;
  const parts = [clientName, [...redirectUris].sort(), tokenEndpointAuthMethod, jwks, jwksUri, clientUri];
  return hash(JSON.stringify(parts.map((part) => part ?? null)));
}

/** What was granted to a client that registered itself. */
export interface BoundToDescription {
  readonly registrationFingerprint?: Sha256;
}

/** Of a client that registered itself, which may change what it says (RFC 7592 §2.2); undefined for every other one. */
export function registrationFingerprint(client: Client, hash: Hash): Sha256 | undefined {
  return client.source === 'dynamic' ? fingerprintOf(client, hash) : undefined;
}

/** What a consent to the client as it is described now is bound to: undefined where the operator describes it. */
export function consentFingerprint(client: Client, hash: Hash): Sha256 | undefined {
  return client.document?.fingerprint ?? registrationFingerprint(client, hash);
}

/** What a consent to the client as it is described now keeps of that: the fingerprint, and what it is over. */
export function consentedTo(client: Client, hash: Hash): Pick<Consent, 'documentFingerprint' | 'clientDescription'> {
  const documentFingerprint = consentFingerprint(client, hash);
  const clientDescription = documentFingerprint === undefined ? undefined : consentedDescription(client);
  return { documentFingerprint, clientDescription };
}

/**
 * What the client said of itself when a user consented. Undefined where it was not kept, and where it is not what the
 * fingerprint is over: a program that keeps none replaces the fingerprint alone.
 */
export function descriptionAtConsent(
  { documentFingerprint, clientDescription }: Pick<Consent, 'documentFingerprint' | 'clientDescription'>,
  hash: Hash,
): ConsentedDescription | undefined {
  if (clientDescription === undefined) return undefined;
  return fingerprintOf(clientDescription, hash) === documentFingerprint ? clientDescription : undefined;
}

/** The binding of what was granted, to go on from a code to its grant. */
export function boundDescription({ registrationFingerprint }: BoundToDescription): BoundToDescription {
  return registrationFingerprint === undefined ? {} : { registrationFingerprint };
}

/**
 * Whether a client that registered itself is another one now than it was when something was granted to it. Its change ends
 * what was granted before; what was being granted at that very moment is found out by this.
 */
export function hasBecomeAnother(
  { registrationFingerprint: whenGranted }: BoundToDescription,
  client: Client,
  hash: Hash,
): boolean {
  return whenGranted !== undefined && whenGranted !== registrationFingerprint(client, hash);
}
