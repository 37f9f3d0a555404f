import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { ISSUER } from './fixtures.js';
import type { Claims } from './signed-token.js';
import type { TestServer } from './test-server.js';

/** A key that proofs are made with. */
export type ProofKey = TestDpopKey;

/** The key of the tests that need one, and another. */
export const PROOF_KEY = await createTestDpopKey();
export const OTHER_KEY = await createTestDpopKey();

/** What a proof says instead of what a good one does; undefined takes a member away. */
export interface ProofChanges {
  readonly key?: ProofKey;
  readonly header?: Claims;
  readonly claims?: Claims;
}

/** A good proof for the token endpoint, made just now, but for the changes. The signature is by its key, whatever it says. */
export async function makeProof({ clock }: Pick<TestServer, 'clock'>, changes: ProofChanges = {}): Promise<string> {
  const { key = PROOF_KEY, header, claims } = changes;
  return key.prove({ url: `${ISSUER}/token` }, { iat: clock.now, ...claims }, header);
}

/** The header that carries it. */
export async function proofHeader(
  test: Pick<TestServer, 'clock'>,
  changes?: ProofChanges,
): Promise<Record<string, string>> {
  return { dpop: await makeProof(test, changes) };
}
