import type { Storage } from '@portcullis/ports';
import type { SqlAccess } from './access.js';
import { createAssertionIssuerStore } from './assertion-issuers.js';
import { createAuthorizationCodeStore } from './authorization-codes.js';
import { createAuthorizationTransactionStore } from './authorization-transactions.js';
import { createClientApprovalStore } from './client-approvals.js';
import { createClientStore } from './clients.js';
import { createConsentStore } from './consents.js';
import { createDeviceCodeStore } from './device-codes.js';
import { createGrantStore } from './grants.js';
import { createIdentityAssertionStore } from './identity-assertions.js';
import { createOneTimeIdStore } from './one-time-ids.js';
import { createPushedRequestStore } from './pushed-requests.js';
import { createResourceServerStore } from './resource-servers.js';
import { createRevocationMarkStore } from './revocation-marks.js';
import { noteIssuer } from './served-issuers.js';
import { createSignInSessionStore } from './sign-in-sessions.js';
import { createSigningKeyStore } from './signing-keys.js';
import { sweep } from './sweep.js';
import { createUserStore } from './users.js';

/** Every store of a database, and what goes over all of them. Opening and closing is the database's own. */
export function createSqlStores(access: SqlAccess): Omit<Storage, 'ping' | 'close'> {
  return {
    clients: createClientStore(access),
    clientApprovals: createClientApprovalStore(access),
    resourceServers: createResourceServerStore(access),
    users: createUserStore(access),
    signInSessions: createSignInSessionStore(access),
    transactions: createAuthorizationTransactionStore(access),
    pushedRequests: createPushedRequestStore(access),
    codes: createAuthorizationCodeStore(access),
    deviceCodes: createDeviceCodeStore(access),
    grants: createGrantStore(access),
    consents: createConsentStore(access),
    oneTimeIds: createOneTimeIdStore(access),
    identityAssertions: createIdentityAssertionStore(access),
    assertionIssuers: createAssertionIssuerStore(access),
    revocationMarks: createRevocationMarkStore(access),
    signingKeys: createSigningKeyStore(access),
    noteIssuer: (tenantId, issuer, now) => noteIssuer(access, tenantId, issuer, now),
    sweep: (tenantId, now) => sweep(access, tenantId, now),
  };
}
