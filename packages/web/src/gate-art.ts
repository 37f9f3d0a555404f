import { type Html, html } from './html.js';

/** How far the gate is raised: shut (sign-in, refusals), half (a decision is asked), raised (the way is free). */
export type GateState = 'shut' | 'half' | 'raised';

/** The product's mark: an arch with its portcullis half down. Decorative; the name stands beside it. */
export function gateMark(): Html {
  return html`<svg class="mark" viewBox="0 0 48 48" width="32" height="32" aria-hidden="true" focusable="false">
<path class="arch" d="M5 45V22a19 19 0 0 1 38 0v23"/>
<path class="iron" d="M15 9v21M24 6v24M33 9v21M6 21h36"/>
<path class="tips" d="M12 29h6l-3 8zM21 29h6l-3 8zM30 29h6l-3 8z"/>
</svg>`;
}

/** Height of the grille in pixels, and the rows of cross-bars in it. */
const STRIPS: Readonly<Record<GateState, { height: number; crossbars: string }>> = {
  shut: { height: 58, crossbars: 'M0 10h24M0 27h24M0 44h24' },
  half: { height: 34, crossbars: 'M0 17h24' },
  raised: { height: 16, crossbars: '' },
};

/** The grille that hangs from a card's upper edge, centred, as low as the page's state says. Decorative. */
export function gateStrip(state: GateState): Html {
  const { height, crossbars } = STRIPS[state];
  const shoulder = height - 8;
  return html`<svg class="grille" width="100%" height="${height}" aria-hidden="true" focusable="false">
<defs><pattern id="grille" width="24" height="${height}" patternUnits="userSpaceOnUse">
<path class="iron" d="M12 0v${shoulder}${crossbars}"/>
<path class="tips" d="M9 ${shoulder}h6l-3 8z"/>
</pattern></defs>
<svg x="50%" overflow="visible"><rect x="-1020" width="2040" height="${height}" fill="url(#grille)"/></svg>
</svg>`;
}
