import type { DisabledUserPage } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { hiddenFields } from './form-fields.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { parseSameOriginPath } from './link-target.js';

/** Tells a user that they were disabled, and lets somebody else sign in. */
export function renderDisabledUserPage(page: DisabledUserPage, options: PageOptions): string {
  return renderDocument(
    {
      title: 'Account disabled',
      gate: 'shut',
      main: html`<h1>This account is disabled</h1>
<p class="lead" role="alert"><strong><bdi>${displayText(page.username)}</bdi></strong> cannot be used here at the moment.
Ask whoever runs this server.</p>
${another(page)}`,
    },
    options,
  );
}

function another({ another }: DisabledUserPage): Html | undefined {
  if ('form' in another) {
    return html`<form method="post" action="${another.form.action}">
${hiddenFields(another.form)}
<div class="actions"><button type="submit" class="secondary">Sign in as somebody else</button></div>
</form>`;
  }
  const target = parseSameOriginPath(another.path);
  if (target === undefined) return undefined;
  return html`<p class="actions"><a class="button secondary" href="${target}">Sign in as somebody else</a></p>`;
}
