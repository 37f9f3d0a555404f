import type { AuditEvent } from '../audit.js';
import type { Storage } from '../stores/storage.js';
import { createAssertionIssuerStore } from './assertion-issuers.js';
import { createAuthorizationCodeStore } from './authorization-codes.js';
import { createAuthorizationTransactionStore } from './authorization-transactions.js';
import { createClientApprovalStore } from './client-approvals.js';
import { createClientStore } from './clients.js';
import { createConsentStore } from './consents.js';
import { createDeviceCodeStore } from './device-codes.js';
import { createGrantStore } from './grants.js';
import { createIdentityAssertionStore } from './identity-assertions.js';
import { createMemoryState } from './memory-state.js';
import { createOneTimeIdStore } from './one-time-ids.js';
import { createPushedRequestStore } from './pushed-requests.js';
import { createResourceServerStore } from './resource-servers.js';
import { createRevocationMarkStore } from './revocation-marks.js';
import { noteIssuer } from './served-issuers.js';
import { createSignInSessionStore } from './sign-in-sessions.js';
import { createSigningKeyStore } from './signing-keys.js';
import { sweep } from './sweep.js';
import { createUserStore } from './users.js';

/** The reference adapter, and a look at the events that its acts wrote. */
export interface MemoryStorage extends Storage {
  /** Every event written so far, oldest first. */
  readonly events: readonly AuditEvent[];
}

/**
 * The reference adapter of {@link Storage}: plain maps, nothing on disk, gone with the process. Each act runs to its
 * end without awaiting, which makes it atomic. For tests and benches; it never forgets an event.
 */
export function createMemoryStorage(): MemoryStorage {
  const state = createMemoryState();
  return {
    clients: createClientStore(state),
    clientApprovals: createClientApprovalStore(state),
    resourceServers: createResourceServerStore(state),
    users: createUserStore(state),
    signInSessions: createSignInSessionStore(state),
    transactions: createAuthorizationTransactionStore(state),
    pushedRequests: createPushedRequestStore(state),
    codes: createAuthorizationCodeStore(state),
    deviceCodes: createDeviceCodeStore(state),
    grants: createGrantStore(state),
    consents: createConsentStore(state),
    oneTimeIds: createOneTimeIdStore(state),
    identityAssertions: createIdentityAssertionStore(state),
    assertionIssuers: createAssertionIssuerStore(state),
    revocationMarks: createRevocationMarkStore(state),
    signingKeys: createSigningKeyStore(state),
    events: state.events,
    sweep: async (tenantId, now) => sweep(state, tenantId, now),
    noteIssuer: async (tenantId, issuer) => noteIssuer(state, tenantId, issuer),
    ping: async () => {},
    close: async () => {},
  };
}
