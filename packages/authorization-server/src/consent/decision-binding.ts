import type { Hash } from '@portcullis/ports';
import { consentFingerprint } from '../clients/client-fingerprint.js';
import type { BoundTransaction } from './bound-transaction.js';
import type { FormBinding } from './csrf-token.js';

/** What the form of the consent page is bound to: its transaction, the user it was shown to, and the client as
 * it is described now. */
export function decisionBinding({ handle, client }: BoundTransaction, subject: string, hash: Hash): FormBinding {
  return { purpose: 'consent', handle, subject, documentFingerprint: consentFingerprint(client, hash) };
}
