import { displayText } from '@portcullis/protocol';
import { type GateState, gateMark, gateStrip } from './gate-art.js';
import { type Html, html } from './html.js';
import { STYLESHEET_PATH } from './stylesheet.js';

/** What all pages share. */
export interface PageOptions {
  /** The name in the header and in the window's title. @defaultValue `Portcullis` */
  readonly productName?: string;
  /** How the operator sees which applications wait for them, where there is a command for it. @defaultValue none */
  readonly pendingCommand?: string;
  /** Same-origin path at which `stylesheet` is served. `createPages` takes {@link STYLESHEET_PATH} where none is given. */
  readonly stylesheetPath: string;
}

/** The options of a page whose caller names none. */
export const DEFAULT_PAGE_OPTIONS: PageOptions = { stylesheetPath: STYLESHEET_PATH };

/** One page, before the frame around it. */
export interface PageContent {
  /** The window's title, without the product's name. */
  readonly title: string;
  /** How far the drawn gate is raised: the page's state at a glance. */
  readonly gate: GateState;
  /** The content of `<main>`; holds the page's only `<h1>`. */
  readonly main: Html;
  /**
   * `wide` for pages that are read; `paired` where, with room for it, who asks stands beside what is asked. The
   * default is for pages that ask one thing.
   */
  readonly width?: 'wide' | 'paired';
  /** An address from `parseLinkTarget` that the browser leaves for at once. */
  readonly leaveFor?: string | undefined;
}

/**
 * Puts the frame around a page: a whole document with one stylesheet and no script, no inline style, nothing from
 * another host. It works under `default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'`.
 */
export function renderDocument(content: PageContent, options: PageOptions): string {
  const productName = displayText(options.productName ?? 'Portcullis');
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${content.leaveFor === undefined ? undefined : html`<meta http-equiv="refresh" content="0;url=${content.leaveFor}">`}
<title>${content.title} · ${productName}</title>
<link rel="stylesheet" href="${options.stylesheetPath}">
</head>
<body class="${content.width ?? 'narrow'}">
<header class="brand">${gateMark()}<span>${productName}</span></header>
<main class="card gate-${content.gate}">
${gateStrip(content.gate)}
<div class="body">
${content.main}
</div>
</main>
</body>
</html>
`;
  return document.toString();
}
