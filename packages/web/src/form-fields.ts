import type { TransactionForm } from '@portcullis/ports';
import { type Html, html } from './html.js';

/** The hidden fields of every form of a transaction. */
export function transactionFields(form: TransactionForm): Html {
  return html`<input type="hidden" name="transaction" value="${form.transaction}">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">`;
}
