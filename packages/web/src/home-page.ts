import { type Html, html } from './html.js';
import { DEFAULT_PAGE_OPTIONS, type PageOptions, renderDocument } from './layout.js';
import { parseWebAddress } from './link-target.js';
import { operatorText } from './operator-wording.js';

/** What stands behind this gate. */
export interface HomePage {
  readonly resources: readonly { readonly displayName: string; readonly mcpUrl: string }[];
  /** Same-origin path of the account page. */
  readonly accountPath: string;
}

/** Renders the page at `/`: the MCP servers behind this gate, each linked to the page that says how to add it. */
export function renderHomePage(page: HomePage, options: PageOptions = DEFAULT_PAGE_OPTIONS): string {
  return renderDocument(
    {
      title: 'MCP servers',
      gate: 'half',
      width: 'wide',
      main: html`<h1>MCP servers behind this gate</h1>
${page.resources.length === 0 ? html`<p class="lead">There are none yet.</p>` : serverList(page)}
<p class="after"><a href="${page.accountPath}">Your applications</a>: see what is connected in your name, and disconnect it</p>`,
    },
    options,
  );
}

function serverList(page: HomePage): Html {
  return html`<p class="lead">Open one to see how to add it to your MCP client. Each asks you to sign in.</p>
<ul class="servers">${page.resources.map(({ displayName, mcpUrl }) => {
    const target = parseWebAddress(mcpUrl);
    const name = operatorText(displayName);
    return html`<li>
${target === undefined ? html`<strong>${name}</strong>` : html`<a href="${target}">${name}</a>`}
<code class="copy">${mcpUrl}</code>
</li>`;
  })}</ul>`;
}
