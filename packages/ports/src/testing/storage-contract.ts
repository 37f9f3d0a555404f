import { describe, expect, it } from 'vitest';
import { describeAssertionIssuerStore } from './assertion-issuers-contract.js';
import { describeAuthorizationCodeStore } from './authorization-codes-contract.js';
import { describeAuthorizationTransactionStore } from './authorization-transactions-contract.js';
import { describeClientApprovalStore } from './client-approvals-contract.js';
import { describeClientStore } from './clients-contract.js';
import { describeConsentStore } from './consents-contract.js';
import { describeDeviceApproval } from './device-approval-contract.js';
import { describeDeviceCodeStore } from './device-codes-contract.js';
import { describeGrantStore } from './grants-contract.js';
import { describeIdentityAssertionStore } from './identity-assertions-contract.js';
import { describeOneTimeIdStore } from './one-time-ids-contract.js';
import { describePushedRequestStore } from './pushed-requests-contract.js';
import { describeRegistrationManagement } from './registration-management-contract.js';
import { describeResourceServerStore } from './resource-servers-contract.js';
import { describeRevocationMarkStore } from './revocation-marks-contract.js';
import { describeRotation } from './rotation-contract.js';
import { describeServedIssuers } from './served-issuers-contract.js';
import { describeSignInSessionStore } from './sign-in-sessions-contract.js';
import { describeSigningKeyStore } from './signing-keys-contract.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';
import { describeSweep } from './sweep-contract.js';
import { describeUserStore } from './users-contract.js';

/**
 * Defines the tests that every adapter of `Storage` passes: one-time use under races, expiry by the time passed in,
 * what ends with what, and that no act reaches into another tenant. Call it at the top of a vitest file. It does not
 * test what only some adapters have: files, other processes, faults of a network.
 *
 * @param name - the adapter, for the titles
 * @param open - opens a fresh, empty adapter; called once per test
 */
export function describeStorageContract(name: string, open: OpenStorage): void {
  describe(`storage contract: ${name}`, () => {
    describeClientStore(open);
    describeRegistrationManagement(open);
    describeClientApprovalStore(open);
    describeResourceServerStore(open);
    describeUserStore(open);
    describeSignInSessionStore(open);
    describeAuthorizationTransactionStore(open);
    describePushedRequestStore(open);
    describeAuthorizationCodeStore(open);
    describeDeviceApproval(open);
    describeDeviceCodeStore(open);
    describeGrantStore(open);
    describeRotation(open);
    describeConsentStore(open);
    describeOneTimeIdStore(open);
    describeIdentityAssertionStore(open);
    describeAssertionIssuerStore(open);
    describeRevocationMarkStore(open);
    describeSigningKeyStore(open);
    describeServedIssuers(open);
    describeSweep(open);

    describe('as a whole', () => {
      const subject = useStorage(open);

      it('answers a ping', async () => {
        await expect(subject().storage.ping()).resolves.toBeUndefined();
      });
    });
  });
}
