import type { Client } from '@portcullis/ports';
import { createDocumentHost } from './document-host.js';
import { configuredClient } from './fixtures.js';
import type { TestServer } from './test-server.js';

/** Id of the client that a document describes, as if the document had been fetched. */
export const DESCRIBED = { client_id: 'https://app.test/client.json', redirect_uri: 'https://app.test/cb' } as const;

/** What a server needs to know such clients. No host answers: a document is kept as if this server had fetched it. */
export const withDocuments = { untrustedFetch: createDocumentHost().untrustedFetch };

/** Keeps the document of {@link DESCRIBED}: the first one, or another one in its place. */
export async function describeClient(
  test: TestServer,
  fingerprint: string,
  changes: Partial<Client> = {},
): Promise<void> {
  const now = test.clock.now;
  const client = configuredClient(DESCRIBED.client_id, {
    source: 'metadata_document',
    document: {
      fingerprint,
      fetchedAtEpochSeconds: now,
      freshUntilEpochSeconds: now + 86_400,
      entityTag: undefined,
    },
    ...changes,
  });
  await test.storage.clients.keepDocument(client, {
    type: 'client.document_changed',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: now,
  });
}
