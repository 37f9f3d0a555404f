import { expect, it } from 'vitest';
import { ASSERTION_REFUSALS } from './refusals/of-assertions.js';
import { CLIENT_REFUSALS } from './refusals/of-clients.js';
import { GRANT_REFUSALS } from './refusals/of-grants.js';
import { PROOF_REFUSALS } from './refusals/of-proofs.js';
import { REGISTRATION_REFUSALS } from './refusals/of-registrations.js';
import { REQUEST_REFUSALS } from './refusals/of-requests.js';
import { describeRefusal, REFUSALS, type RefusalReason } from './refusals.js';

const TABLES = [
  REQUEST_REFUSALS,
  CLIENT_REFUSALS,
  PROOF_REFUSALS,
  GRANT_REFUSALS,
  ASSERTION_REFUSALS,
  REGISTRATION_REFUSALS,
];
const REASONS = Object.keys(REFUSALS) as RefusalReason[];

it('no reason stands in two rooms, where the later one would speak for both', () => {
  const names = TABLES.flatMap((table) => Object.keys(table));
  expect(names.toSorted()).toEqual(REASONS.toSorted());
});

it('every one is said in the characters that RFC 6749 §5.2 allows', () => {
  for (const reason of REASONS) {
    const { error, description, status } = describeRefusal(reason);
    expect(error, reason).toMatch(/^[a-z_]+$/);
    expect(description, reason).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    expect(status, reason).toBeGreaterThanOrEqual(400);
  }
});
