import { createHash } from 'node:crypto';
import { CALLBACK_STYLE } from './callback-style.js';

/** What a person reads in the browser when it has come back. */
export type CallbackPage = 'signed_in' | 'refused' | 'foreign';

interface Content {
  readonly title: string;
  readonly text: string;
  /** The drawn gate: its height in pixels, and the cross-bars in it. Raised where the way is free, as on the gate's pages. */
  readonly gate: { readonly name: 'raised' | 'shut'; readonly height: number; readonly crossbars: string };
}

const RAISED = { name: 'raised', height: 16, crossbars: '' } as const;
const SHUT = { name: 'shut', height: 58, crossbars: 'M0 10h24M0 27h24M0 44h24' } as const;

/** The code has still to be redeemed: the page says no more than what has happened. */
const PAGES: Readonly<Record<CallbackPage, Content>> = {
  signed_in: {
    title: 'You can close this page',
    text: 'Your sign-in has reached the application, which goes on from here.',
    gate: RAISED,
  },
  refused: {
    title: 'The sign-in has failed',
    text: 'The application says why. You can close this page and go back to it.',
    gate: SHUT,
  },
  foreign: {
    title: 'Nobody waits for this answer',
    text: 'Nothing was changed. If the application still waits for you, go back to it and sign in from there.',
    gate: SHUT,
  },
};

/** Takes the code out of the address bar and the history. */
const SCRIPT = "history.replaceState(null,'',location.pathname)";

/** Headers of every answer: no script or style but the page's own, nothing kept, nothing told to where one goes next. */
export const CALLBACK_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src ${hashOf(CALLBACK_STYLE)}; script-src ${hashOf(SCRIPT)}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Connection: 'close',
};

/** The page. All of its text is ours: nothing that came with the response stands in it. It asks for nothing. */
export function callbackPage(page: CallbackPage): string {
  const { title, text, gate } = PAGES[page];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${CALLBACK_STYLE}</style>
<script>${SCRIPT}</script>
</head>
<body>
<main class="${gate.name}">
${drawGate(gate)}
<div class="body">
<h1>${title}</h1>
<p>${text}</p>
</div>
</main>
</body>
</html>
`;
}

/** The grille that hangs from the card's upper edge, centred. Decorative. */
function drawGate({ height, crossbars }: Content['gate']): string {
  const shoulder = height - 8;
  return `<svg class="grille" width="100%" height="${height}" aria-hidden="true" focusable="false">
<defs><pattern id="grille" width="24" height="${height}" patternUnits="userSpaceOnUse">
<path class="iron" d="M12 0v${shoulder}${crossbars}"/>
<path class="tips" d="M9 ${shoulder}h6l-3 8z"/>
</pattern></defs>
<svg x="50%" overflow="visible"><rect x="-1020" width="2040" height="${height}" fill="url(#grille)"/></svg>
</svg>`;
}

/** A source of a content security policy that lets this very text in (CSP3 §2.3.1). */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
