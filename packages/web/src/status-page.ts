import { displayText } from '@portcullis/protocol';
import { html } from './html.js';
import { DEFAULT_PAGE_OPTIONS, type PageOptions, renderDocument } from './layout.js';

/** An HTTP status in plain words, for a browser that asked for something that is not here. */
export interface StatusPage {
  readonly status: number;
  readonly title: string;
  readonly summary: string;
  /** A same-origin path where a person may go on. */
  readonly link?: { readonly path: string; readonly label: string };
}

/** Renders a status such as 404 for people. Does not set the response's status; the caller does. */
export function renderStatusPage(page: StatusPage, options: PageOptions = DEFAULT_PAGE_OPTIONS): string {
  const title = displayText(page.title, 120);
  return renderDocument(
    {
      title,
      gate: 'shut',
      main: html`<p class="overline">${page.status}</p>
<h1>${title}</h1>
<p class="lead">${displayText(page.summary, 500)}</p>
${page.link === undefined ? undefined : html`<p><a href="${page.link.path}">${page.link.label}</a></p>`}`,
    },
    options,
  );
}
