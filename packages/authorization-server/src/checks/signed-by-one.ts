import type { ClientAssertionAlgorithm, PublicSigningKey } from '@portcullis/protocol';
import { compactVerify } from 'jose';

/**
 * Whether one of the keys made the signature of a JWS (RFC 7515 §5.2). The keys are of the algorithm that its header names,
 * which is on the caller's allow-list: there is nothing to confuse. Says nothing of what was signed.
 */
export async function isSignedByOne(
  text: string,
  algorithm: ClientAssertionAlgorithm,
  keys: readonly PublicSigningKey[],
): Promise<boolean> {
  for (const { material } of keys) {
    try {
      await compactVerify(text, material, { algorithms: [algorithm] });
      return true;
    } catch {
      // Not by this one, or this one is no key: a point off its curve, a modulus too short.
    }
  }
  return false;
}
