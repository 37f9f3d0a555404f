import { type Html, html } from './html.js';

/** Where an approval is taken back, below the words that confirm it. */
export function wayBack(accountPath: string): Html {
  return html`<p class="hint after">You can take this back at any time under <a href="${accountPath}">your applications</a>.</p>`;
}
