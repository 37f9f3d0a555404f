import type { LeavingPage } from '@portcullis/ports';
import { displayClientName } from '@portcullis/protocol';
import { quotedName } from './client-wording.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { parseLinkTarget } from './link-target.js';
import { wayBack } from './way-back.js';

/**
 * Leaves for the client by meta refresh, with a link for browsers that do not follow one. With a private-use scheme
 * the browser stays on this page, so its words must still be right after the application has opened.
 *
 * An address that a browser would execute is neither followed nor linked; the page then says that it could not leave.
 */
export function renderLeavingPage(page: LeavingPage, options: PageOptions): string {
  const target = parseLinkTarget(page.location);
  if (target === undefined) return renderStranded(page, options);
  const approved = page.outcome === 'approved';
  return renderDocument(
    {
      title: approved ? 'Approved' : 'Denied',
      gate: approved ? 'raised' : 'shut',
      leaveFor: target,
      main: html`<h1>${approved ? 'Approved' : 'Denied'}</h1>
${approved ? approvedWords(page.clientName) : deniedWords(page.clientName)}
<p class="actions"><a class="button primary" href="${target}" rel="noreferrer">Continue to <bdi>${displayClientName(page.clientName)}</bdi></a></p>
${approved ? wayBack(page.accountPath) : undefined}`,
    },
    options,
  );
}

function approvedWords(name: string): Html {
  return html`<p class="lead">Taking you back to ${quotedName(name)}.</p>
<p>You can close this tab once the application says it is connected.</p>`;
}

function deniedWords(name: string): Html {
  return html`<p class="lead">${quotedName(name)} gets no access. Taking it your answer.</p>
<p>You can close this tab once the application has opened.</p>`;
}

function renderStranded(page: LeavingPage, options: PageOptions): string {
  return renderDocument(
    {
      title: 'Cannot return',
      gate: 'shut',
      main: html`<h1>Cannot return to the application</h1>
<p class="notice bad" role="alert">The address that ${quotedName(page.clientName)} gave is not one a browser may safely open.
Nothing was sent to it. You can close this tab.</p>`,
    },
    options,
  );
}
