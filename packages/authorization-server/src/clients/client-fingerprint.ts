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
