import type { JsonObject } from '@portcullis/protocol';
import type { TokenSteps } from '@portcullis/resource-server';
import { type Finding, fault, note, pass, quote } from '../finding.js';
import type { PublishedKey } from '../probes/read-keys.js';

/** Puts words to whose signature it is (RFC 7515 §5.2), by the keys that a guard would take. */
export function judgeSignature(
  { alg, kid }: JsonObject,
  step: TokenSteps['signature'],
  keys: readonly PublishedKey[] | undefined,
): Finding {
  if (step.ok) return pass('token-signature', 'it is good, by a key that the provider publishes');
  if (step.failure.reason === 'keys_unavailable') {
    return note('token-signature', 'there were no keys to hold it against');
  }
  if (step.failure.reason === 'bad_signature') {
    return fault(
      'token-signature',
      'it is not good: no key that the provider publishes made it, or the token was changed',
    );
  }
  if (typeof kid !== 'string') return note('token-signature', 'it was not looked at: the header names no key');
  return keys?.some(({ keyId }) => keyId === kid) === true
    ? fault(
        'token-signature',
        `the provider publishes a key ${quote(kid)}, but none of that name that the guard takes for ${quote(alg)}: too weak, for another use, or of another type`,
      )
    : fault(
        'token-signature',
        `its key ${quote(kid)} is not among those that the provider publishes: it is of another issuer, or of a key that has gone`,
      );
}
