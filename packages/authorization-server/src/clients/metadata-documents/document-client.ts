import type { Client, ClientDocument, Hash } from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { ClientIdMetadataDocument } from '@portcullis/protocol/client-metadata';
import { applicationTypeOf } from '../application-type.js';
import { fingerprintOf } from '../client-fingerprint.js';
import { selfRestraints } from '../self-restraints.js';

/** A client that a document describes. */
export type DocumentClient = Client & { readonly source: 'metadata_document'; readonly document: ClientDocument };

/** Whether a stored client is one that a document describes. */
export function isDocumentClient(client: Client | undefined): client is DocumentClient {
  return client?.source === 'metadata_document' && client.document !== undefined;
}

/** What is known of a document beside what it says. */
export interface DocumentFacts extends Omit<ClientDocument, 'fingerprint'> {
  readonly tenantId: TenantId;
  readonly clientId: string;
}

/** Makes the client that a document describes. It has no secret, and nobody vouches for it. */
export function createDocumentClient(
  document: ClientIdMetadataDocument,
  { tenantId, clientId, ...fetched }: DocumentFacts,
  hash: Hash,
): DocumentClient {
  const described = {
    clientName: document.clientName,
    redirectUris: document.redirectUris.map(({ uri }) => uri),
    tokenEndpointAuthMethod: document.tokenEndpointAuthMethod,
    jwks: document.jwks,
    jwksUri: document.jwksUri,
    clientUri: document.clientUri,
  };
  return {
    ...described,
    tenantId,
    clientId,
    source: 'metadata_document',
    clientSecretHash: undefined,
    grantTypes: document.grantTypes,
    scopes: undefined,
    applicationType: applicationTypeOf(document.applicationType, document.redirectUris),
    createdAtEpochSeconds: fetched.fetchedAtEpochSeconds,
    ...selfRestraints(document),
    document: { ...fetched, fingerprint: fingerprintOf(described, hash) },
  };
}

/** The same document, found unchanged or fresh for another while. */
export function renewDocumentClient(
  client: DocumentClient,
  times: { readonly fetchedAtEpochSeconds: EpochSeconds; readonly freshUntilEpochSeconds: EpochSeconds },
): DocumentClient {
  return { ...client, document: { ...client.document, ...times } };
}
