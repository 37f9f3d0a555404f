import type { Difference } from './difference.js';

/**
 * TO BE MENDED: differences in which ours is the wrong answer. `why` says what the right one is. Nothing may stay here
 * for long; a line whose difference is gone fails the test, so that it goes as well.
 */
export const TO_BE_MENDED: readonly Difference[] = [
  {
    id: 'keys-of-a-registration-are-not-looked-at',
    why: 'DC-02, RFC 7591 §2: invalid_client_metadata for jwks together with jwks_uri, and for a jwks that is no set of public keys',
    surfaces: ['register'],
    faults: /^jwks (with jwks_uri|an object|a text|no keys|a private key|a symmetric key|oversized)$/,
    ours: /^2xx/,
    oracle: /^4xx invalid_client_metadata$/,
  },
];
