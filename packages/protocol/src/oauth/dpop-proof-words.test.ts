import { expect, it } from 'vitest';
import { type DpopRefusal, describeDpopRefusal } from './dpop-proof-words.js';

/** Written as an object, so that the compiler asks for each. */
const REASONS: Readonly<Record<DpopRefusal, true>> = {
  dpop_proof_missing: true,
  dpop_proof_repeated: true,
  dpop_proof_malformed: true,
  dpop_proof_type_refused: true,
  dpop_proof_algorithm_refused: true,
  dpop_proof_key_refused: true,
  dpop_proof_claim_missing: true,
  dpop_proof_method_mismatch: true,
  dpop_proof_url_mismatch: true,
  dpop_proof_outside_window: true,
  dpop_proof_not_valid_now: true,
  dpop_proof_token_mismatch: true,
  dpop_proof_signature_wrong: true,
  dpop_proof_key_mismatch: true,
  dpop_proof_replayed: true,
  dpop_nonce_missing: true,
  dpop_nonce_stale: true,
};

it('PD-02 tells what is wrong with each proof in one sentence of its own, in the characters that may be sent', () => {
  const words = Object.keys(REASONS).map((reason) =>
    describeDpopRefusal(reason as DpopRefusal, 'https://as.test/token'),
  );
  // Both of the nonce are mended by the same.
  expect(new Set(words).size).toBe(words.length - 1);
  for (const sentence of words) expect(sentence).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{20,140}\.$/);
  expect(describeDpopRefusal('dpop_proof_url_mismatch', 'https://as.test/token')).toContain('https://as.test/token');
});
