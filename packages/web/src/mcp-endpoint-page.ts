import { displayText } from '@portcullis/protocol';
import type { Snippet } from './client-snippets.js';
import { type Html, html } from './html.js';
import { DEFAULT_PAGE_OPTIONS, type PageOptions, renderDocument } from './layout.js';
import { parseWebAddress } from './link-target.js';
import { operatorText } from './operator-wording.js';

/** What a person sees who opens an MCP address in a browser. */
export interface McpEndpointPage {
  readonly mcpUrl: string;
  readonly displayName: string;
  /** One or two sentences on what the server offers. */
  readonly description?: string;
  /** Where the sign-in comes from, for example whom to ask for one. Never a password. */
  readonly signInHint?: string;
  /** As made by `buildClientSnippets`. */
  readonly snippets: readonly Snippet[];
  /** What the gate demands of clients beyond what all of them do, as made by `clientDemandsText`. */
  readonly demands?: string;
  /** An http(s) address; anything else is left out. */
  readonly documentationUrl?: string;
}

/** Renders the page for people at an MCP address: what it is, what to paste, and where. */
export function renderMcpEndpointPage(page: McpEndpointPage, options: PageOptions = DEFAULT_PAGE_OPTIONS): string {
  const name = operatorText(page.displayName);
  const documentation = page.documentationUrl === undefined ? undefined : parseWebAddress(page.documentationUrl);
  return renderDocument(
    {
      title: name,
      gate: 'half',
      width: 'wide',
      main: html`${name.startsWith('MCP server') ? undefined : html`<p class="overline">MCP server</p>`}
<h1>${name}</h1>
${page.description === undefined ? undefined : html`<p class="lead">${displayText(page.description, 500)}</p>`}
<p>This address is for MCP clients, not for browsers. Give it to yours:</p>
<p class="address"><code class="copy">${page.mcpUrl}</code></p>
<h2>Add it to your client</h2>
${page.demands === undefined ? undefined : html`<p class="notice">${page.demands}</p>`}
<div class="clients">${page.snippets.map(snippetSection)}</div>
<h2>What happens next</h2>
<ol class="steps">
<li>Your client opens this gate in a browser.</li>
<li>You sign in. ${page.signInHint === undefined ? undefined : displayText(page.signInHint, 300)}</li>
<li>You see who asks, and choose what it may do.</li>
</ol>
${documentation === undefined ? undefined : html`<p><a href="${documentation}" rel="noreferrer">Read the documentation</a></p>`}`,
    },
    options,
  );
}

function snippetSection(snippet: Snippet, index: number): Html {
  return html`<details${index === 0 ? html` open` : undefined}>
<summary>${snippet.client}</summary>
<p>${snippet.how}</p>
<pre><code class="copy language-${snippet.language}">${snippet.code}</code></pre>
</details>`;
}
