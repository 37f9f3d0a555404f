import { DOCUMENT_CLIENT } from './document-host.js';
import type { TestServer } from './test-server.js';

/** What the operator decides about {@link DOCUMENT_CLIENT}. */
export async function decide(test: TestServer, decision: 'approved' | 'denied'): Promise<void> {
  await test.storage.clientApprovals.decide('default', DOCUMENT_CLIENT, decision, test.clock.now, {
    type: `client.${decision}`,
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: 0,
  });
}
