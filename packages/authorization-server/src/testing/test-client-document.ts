import type { Client } from '@portcullis/ports';
import { fail } from '@portcullis/protocol';
import type { AuthorizationServerPorts } from '../options.js';
import { configuredClient } from './fixtures.js';
import type { TestServer } from './test-server.js';

/** The client that a document describes, as if the document had been fetched a moment ago. */
export const DESCRIBED = {
  client_id: 'https://described.test/client.json',
  redirect_uri: 'https://app.test/cb',
} as const;

/** With these, clients may be described by documents; none is ever fetched. */
export const DOCUMENT_PORTS: Pick<AuthorizationServerPorts, 'untrustedFetch'> = {
  untrustedFetch: async () => fail('name_not_resolved'),
};

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
