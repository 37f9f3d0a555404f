export {
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  redemptionEvents,
  refreshToken,
  rotationEvents,
  signInSession,
  TENANT_A,
  user,
} from './fixtures.js';
export { countOutcomes, grantAccess, issueCode, marksOf } from './scenarios.js';
export { describeStorageContract } from './storage-contract.js';
export type { OpenStorage, StorageUnderTest } from './storage-under-test.js';
