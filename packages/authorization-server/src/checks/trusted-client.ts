import type { Client } from '@portcullis/ports';
import { isVouchedFor } from '../clients/vouched-for.js';

/** Why a client gets nothing without a person who lets it. */
export type UntrustedClientReason = 'client_not_confidential' | 'client_not_vouched_for';

/**
 * Whether a client may have access that nobody consents to: in its own name, by the word of an identity provider, or for those
 * who call it. A public one has proven nothing, and one that registered itself was let in by nobody; neither may, whatever its
 * row says of its grants. Undefined where it may.
 */
export function checkTrustedClient(
  client: Pick<Client, 'tokenEndpointAuthMethod' | 'source'>,
): UntrustedClientReason | undefined {
  if (client.tokenEndpointAuthMethod === 'none') return 'client_not_confidential';
  return isVouchedFor(client) ? undefined : 'client_not_vouched_for';
}
