/** The `client_assertion_type` of a JWT (RFC 7523 §2.2). */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * The algorithms a client may sign an assertion with: asymmetric ones alone, so that no key the client publishes could
 * pass for a shared secret. `Ed25519` is the name that RFC 9864 gives to what `EdDSA` meant; clients send either.
 */
export const CLIENT_ASSERTION_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;

/** One of {@link CLIENT_ASSERTION_ALGORITHMS}. */
export type ClientAssertionAlgorithm = (typeof CLIENT_ASSERTION_ALGORITHMS)[number];

/** Whether `value` names an algorithm of {@link CLIENT_ASSERTION_ALGORITHMS}, letter for letter. */
export function isClientAssertionAlgorithm(value: unknown): value is ClientAssertionAlgorithm {
  return CLIENT_ASSERTION_ALGORITHMS.some((algorithm) => algorithm === value);
}
