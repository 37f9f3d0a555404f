import type { UntrustedRedirectPage } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { destination, hostText, prominentPlace, quotedName } from './client-wording.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { parseLinkTarget } from './link-target.js';

/**
 * An error whose answer belongs to a client that nobody vouched for (RFC 9700 §4.11.2). Nothing leaves by itself: the
 * page names where the link leads and the person decides.
 */
export function renderUntrustedRedirectPage(page: UntrustedRedirectPage, options: PageOptions): string {
  const target = parseLinkTarget(page.location);
  return renderDocument(
    {
      title: 'Request refused',
      gate: 'shut',
      main: html`<h1>This request was refused</h1>
<p class="lead">${displayText(page.summary, 300)}</p>
${target === undefined ? unusableAddress() : wayBack(page, target)}`,
    },
    options,
  );
}

function wayBack(page: UntrustedRedirectPage, target: string): Html {
  const { place } = destination(page.goesTo);
  return html`<p>Nobody here has vouched for ${quotedName(page.clientName)}, so you were not sent back automatically.</p>
<div class="destination">
<p class="destination-label">The application can be told at</p>
${prominentPlace(place)}
</div>
<p>Follow the link only if you know this address and started this yourself. Otherwise close this tab; nothing was shared.</p>
<p class="actions"><a class="button secondary" href="${target}" rel="noreferrer">Go back to ${hostText(place)}</a></p>`;
}

function unusableAddress(): Html {
  return html`<p class="notice bad" role="alert">The application gave no address that a browser may safely open. You can close this tab; nothing was shared.</p>`;
}
