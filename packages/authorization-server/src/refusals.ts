import { describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { ASSERTION_REFUSALS } from './refusals/of-assertions.js';
import { CLIENT_REFUSALS } from './refusals/of-clients.js';
import { GRANT_REFUSALS } from './refusals/of-grants.js';
import { PROOF_REFUSALS } from './refusals/of-proofs.js';
import { REGISTRATION_REFUSALS } from './refusals/of-registrations.js';
import { REQUEST_REFUSALS } from './refusals/of-requests.js';
import type { RefusalEntry, RefusalTable } from './refusals/refusal-entry.js';

/**
 * Every reason for which an OAuth request is refused, and what is said of it. The reason goes to the trail, the rest
 * to the wire.
 */
export const REFUSALS = {
  ...REQUEST_REFUSALS,
  ...CLIENT_REFUSALS,
  ...PROOF_REFUSALS,
  ...GRANT_REFUSALS,
  ...ASSERTION_REFUSALS,
  ...REGISTRATION_REFUSALS,
} as const satisfies RefusalTable;

/** A reason for the trail: stable, precise, and never on the wire. */
export type RefusalReason = keyof typeof REFUSALS;

/**
 * What is said of a reason outside.
 *
 * @param address - of the endpoint as the metadata have it, where a proof has to name it
 */
export function describeRefusal(reason: RefusalReason, address?: string): Required<RefusalEntry> {
  const entry = { status: 400, ...REFUSALS[reason] };
  return reason === 'dpop_proof_url_mismatch' && address !== undefined
    ? { ...entry, description: describeDpopRefusal(reason, address) }
    : entry;
}
