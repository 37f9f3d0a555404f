import type { ErrorPage } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { parseSameOriginPath } from './link-target.js';
import { operatorText } from './operator-wording.js';

/**
 * An error that must not be answered by a redirect: what happened in plain words, and, small, what whoever runs the
 * gate needs to find it in the log. Echoes nothing of the request beyond what the model holds.
 */
export function renderErrorPage(page: ErrorPage, options: PageOptions): string {
  const title = displayText(page.title, 120);
  return renderDocument(
    {
      title,
      gate: 'shut',
      main: html`<h1>${title}</h1>
<p class="lead" role="alert">${displayText(page.summary, 500)}</p>
${waiting(page.waitingHost, options.pendingCommand)}
${link(page.signInPath, 'Sign in')}
${link(page.retryPath, 'Try again')}
<dl class="reference">
${page.code === undefined ? undefined : entry('Error', page.code)}
${entry('Status', String(page.status))}
${entry('Reference', page.correlationId)}
</dl>`,
    },
    options,
  );
}

function waiting(host: string | undefined, command: string | undefined): Html | undefined {
  if (host === undefined) return undefined;
  const how =
    command === undefined ? undefined : html` They see what waits with <code>${operatorText(command)}</code>.`;
  return html`<p>Tell them that the application of <code>${displayText(host, 260)}</code> waits.${how}</p>`;
}

function link(path: string | undefined, text: string): Html | undefined {
  const target = path === undefined ? undefined : parseSameOriginPath(path);
  return target === undefined
    ? undefined
    : html`<p class="actions"><a class="button secondary" href="${target}">${text}</a></p>`;
}

function entry(term: string, text: string): Html {
  return html`<div><dt>${term}</dt><dd><code>${displayText(text, 128)}</code></dd></div>`;
}
