export {
  approveDevice,
  deviceApproval,
  deviceAuthorization,
  finishApproval,
  prepareApproval,
  redeemDevice,
} from './device-scenarios.js';
export { createTestDpopKey, type ProofTarget, type TestDpopKey } from './dpop-key.js';
export {
  authorizationCode,
  client,
  consentOf,
  event,
  grant,
  identityAssertionUse,
  MARK_LIFETIME_SECONDS,
  NOW,
  pushedRequest,
  redemptionEvents,
  redirectAnswer,
  refreshToken,
  resourceServer,
  rotationEvents,
  signInSession,
  signingKey,
  TENANT_A,
  TENANT_B,
  transaction,
  user,
} from './fixtures.js';
export { countOutcomes, grantAccess, issueCode, marksOf, redeem, rotate } from './scenarios.js';
export { describeStorageContract } from './storage-contract.js';
export type { OpenStorage, StorageUnderTest } from './storage-under-test.js';
export { forgeWithExponentOne, padRsaKey, weakenRsaKey } from './weak-rsa-keys.js';
