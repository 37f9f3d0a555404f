import type { Client, Hash } from '@portcullis/ports';
import type { Sha256 } from '@portcullis/protocol';

/** What a client says of itself that a consent depends on. */
export type ConsentedDescription = Pick<
  Client,
  'clientName' | 'redirectUris' | 'tokenEndpointAuthMethod' | 'jwks' | 'jwksUri' | 'clientUri'
>;

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
