import type { DeviceDonePage } from '@portcullis/ports';
import { quotedName } from './client-wording.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { wayBack } from './way-back.js';

/** The end of the way for a device. It asks for its answer by itself, so there is nowhere to go from here. */
export function renderDeviceDonePage(page: DeviceDonePage, options: PageOptions): string {
  const approved = page.outcome === 'approved';
  return renderDocument(
    {
      title: approved ? 'Approved' : 'Denied',
      gate: approved ? 'raised' : 'shut',
      main: html`<h1>${approved ? 'Approved' : 'Denied'}</h1>
${approved ? approvedWords(page.clientName) : deniedWords(page.clientName)}
${approved ? wayBack(page.accountPath) : undefined}`,
    },
    options,
  );
}

function approvedWords(name: string): Html {
  return html`<p class="lead">${quotedName(name)} goes on by itself in a few seconds.</p>
<p>Look at your device. You can close this tab.</p>`;
}

function deniedWords(name: string): Html {
  return html`<p class="lead">${quotedName(name)} gets no access, and the code is used up.</p>
<p>You can close this tab.</p>`;
}
