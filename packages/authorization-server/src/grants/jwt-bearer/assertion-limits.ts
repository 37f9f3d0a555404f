import type { JsonObject } from '@portcullis/protocol';
import type { RefusalReason } from '../../refusals.js';
import { readBoundKey } from '../bound-key.js';

/**
 * What an assertion says to make itself worth less, and what it would be dangerous to pass over: a key that whoever presents it
 * has to hold (`cnf`, RFC 7800 §3.1, RFC 9449 §6.1), and authorization details (RFC 9396), which are not understood here. Where
 * they stand alone, with no scope, the default scopes would be more than anybody allowed.
 *
 * Of `cnf` a `jkt` counts and nothing else; one with any other member, or that is malformed, is refused, since it would bind the
 * assertion to something that nobody here looks at.
 *
 * @param proofKey - thumbprint of the key that the request proved to hold
 * @returns why the assertion cannot be used, or undefined
 */
export function checkLimits(
  { cnf, authorization_details: details }: JsonObject,
  proofKey: string | undefined,
): RefusalReason | undefined {
  if (details !== undefined) return 'assertion_details_unsupported';
  if (cnf === undefined) return undefined;
  const thumbprint = readBoundKey(cnf);
  if (thumbprint === undefined) return 'assertion_binding_unsupported';
  if (proofKey === undefined) return 'assertion_proof_missing';
  return proofKey === thumbprint ? undefined : 'assertion_key_mismatch';
}
