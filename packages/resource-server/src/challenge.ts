import { DPOP_SIGNING_ALGORITHMS } from '@portcullis/protocol/dpop-proof';
import type { AuthenticationScheme } from './presented-credential.js';
import { canBeNeeded } from './resource/needed-scopes.js';

/** What a `WWW-Authenticate` challenge says (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). */
export interface ResourceChallenge {
  /** One of `DPoP` names the algorithms that a proof may be signed with. @defaultValue 'Bearer' */
  readonly scheme?: AuthenticationScheme;
  readonly resourceMetadataUrl: string;
  /** Scopes to ask for: for a first sign-in, or all that the refused operation needs. */
  readonly scopes?: readonly string[];
  /** Absent where the request carried no credential at all (RFC 6750 §3.1). */
  readonly error?: 'invalid_token' | 'insufficient_scope' | 'invalid_request' | 'invalid_dpop_proof' | 'use_dpop_nonce';
  readonly errorDescription?: string;
}

/** error_description of RFC 6750 §3: printable ASCII without quote and backslash. */
const NOT_DESCRIPTION = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

/**
 * Builds the value of a `WWW-Authenticate` header. Nothing in it can leave its quotes: scopes that are no scope-token
 * and `offline_access` (no requirement of a resource) are left out, other characters are dropped from the description.
 */
export function buildChallenge(challenge: ResourceChallenge): string {
  const parameters: string[] = [];
  if (challenge.error !== undefined) parameters.push(`error="${challenge.error}"`);
  if (challenge.errorDescription !== undefined) {
    parameters.push(`error_description="${challenge.errorDescription.replace(NOT_DESCRIPTION, '')}"`);
  }
  const scopes = (challenge.scopes ?? []).filter(canBeNeeded);
  if (scopes.length > 0) parameters.push(`scope="${scopes.join(' ')}"`);
  const { scheme = 'Bearer' } = challenge;
  if (scheme === 'DPoP') parameters.push(`algs="${DPOP_SIGNING_ALGORITHMS.join(' ')}"`);
  parameters.push(`resource_metadata="${challenge.resourceMetadataUrl}"`);
  return `${scheme} ${parameters.join(', ')}`;
}
