import { DPOP_PROOF_WINDOW_SECONDS, DPOP_SIGNING_ALGORITHMS, type DpopProofFailure } from './dpop-proof.js';

/** Everything for which a request with a proof, or without the one it needs, is refused (RFC 9449 §4.3, §7.1, §8). */
export type DpopRefusal =
  | DpopProofFailure
  | 'dpop_proof_missing'
  | 'dpop_proof_key_mismatch'
  | 'dpop_proof_replayed'
  | 'dpop_nonce_missing'
  | 'dpop_nonce_stale';

const NONCE = 'Make a new DPoP proof, with the nonce given here.';

const WORDS: Readonly<Record<Exclude<DpopRefusal, 'dpop_proof_url_mismatch'>, string>> = {
  dpop_proof_missing: 'A DPoP proof is missing: the access token is bound to a key.',
  dpop_proof_repeated: 'Send one DPoP proof, in one header.',
  dpop_proof_malformed: 'The DPoP proof is not a JWT as a proof has to be one.',
  dpop_proof_type_refused: 'The typ of the DPoP proof is not dpop+jwt.',
  dpop_proof_algorithm_refused: `The alg of the DPoP proof is not one of ${DPOP_SIGNING_ALGORITHMS.join(', ')}.`,
  dpop_proof_key_refused: 'The jwk of the DPoP proof is missing, or is not a public key for its alg.',
  dpop_proof_claim_missing: 'The DPoP proof lacks one of the claims jti, htm, htu and iat.',
  dpop_proof_method_mismatch: 'The htm of the DPoP proof is not the method of this request.',
  dpop_proof_outside_window: `The iat of the DPoP proof is more than ${DPOP_PROOF_WINDOW_SECONDS} seconds ago or ahead, by the clock of this server.`,
  dpop_proof_not_valid_now: 'The DPoP proof is past its exp, or before its nbf, by the clock of this server.',
  dpop_proof_token_mismatch: 'The ath of the DPoP proof is missing, or is not of this access token.',
  dpop_proof_signature_wrong: 'The signature of the DPoP proof is not by the key in its jwk.',
  dpop_proof_key_mismatch: 'The DPoP proof is by another key than the access token is bound to.',
  dpop_proof_replayed: 'The DPoP proof was used before; each request needs a new one.',
  dpop_nonce_missing: NONCE,
  dpop_nonce_stale: NONCE,
};

/**
 * What a client is told of its proof: a sentence for `error_description`, in the characters that RFC 6749 §5.2 and RFC 6750 §3
 * allow. Whoever made the proof can know all of it, and without it can only guess what to mend; of the request's own text
 * nothing is in it.
 *
 * @param address - what `htu` has to name, from configuration: it is public
 */
export function describeDpopRefusal(reason: DpopRefusal, address: string): string {
  return reason === 'dpop_proof_url_mismatch' ? `The htu of the DPoP proof is not ${address}.` : WORDS[reason];
}
