import { type DpopRefusal, describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { INVALID_GRANT, type RefusalTable } from './refusal-entry.js';

/** Proofs of possession (RFC 9449). */
export const PROOF_REFUSALS = {
  dpop_proof_repeated: invalidProof('dpop_proof_repeated'),
  dpop_proof_malformed: invalidProof('dpop_proof_malformed'),
  dpop_proof_type_refused: invalidProof('dpop_proof_type_refused'),
  dpop_proof_algorithm_refused: invalidProof('dpop_proof_algorithm_refused'),
  dpop_proof_key_refused: invalidProof('dpop_proof_key_refused'),
  dpop_proof_claim_missing: invalidProof('dpop_proof_claim_missing'),
  dpop_proof_method_mismatch: invalidProof('dpop_proof_method_mismatch'),
  dpop_proof_url_mismatch: invalidProof('dpop_proof_url_mismatch'),
  dpop_proof_outside_window: invalidProof('dpop_proof_outside_window'),
  dpop_proof_not_valid_now: invalidProof('dpop_proof_not_valid_now'),
  dpop_proof_token_mismatch: invalidProof('dpop_proof_token_mismatch'),
  dpop_proof_signature_wrong: invalidProof('dpop_proof_signature_wrong'),
  dpop_proof_replayed: invalidProof('dpop_proof_replayed'),
  dpop_proof_missing: {
    error: 'invalid_dpop_proof',
    description:
      'A DPoP proof is needed: for this client, for this resource, or since the subject token is bound to a key.',
  },
  dpop_nonce_missing: { ...invalidProof('dpop_nonce_missing'), error: 'use_dpop_nonce' },
  dpop_nonce_stale: { ...invalidProof('dpop_nonce_stale'), error: 'use_dpop_nonce' },
  dpop_key_malformed: { error: 'invalid_request', description: 'The dpop_jkt is not a thumbprint of a key.' },
  dpop_key_mismatch: INVALID_GRANT,
  refresh_token_unbound: INVALID_GRANT,
  dpop_key_other_than_proof: {
    error: 'invalid_request',
    description: 'The dpop_jkt is not the key of the DPoP proof.',
  },
} as const satisfies RefusalTable;

/** Of its proof a client may know everything: it made it, and nothing that it does not have is looked at. */
function invalidProof(reason: DpopRefusal) {
  return {
    error: 'invalid_dpop_proof',
    description: describeDpopRefusal(reason, 'the address of this endpoint'),
  } as const;
}
