import type { PageForm } from '@portcullis/ports';
import { type Html, html } from './html.js';

/** The hidden fields that every form carries. */
export function hiddenFields(form: PageForm): Html {
  return html`${form.transaction === undefined ? undefined : html`<input type="hidden" name="transaction" value="${form.transaction}">`}
<input type="hidden" name="csrf_token" value="${form.csrfToken}">`;
}
