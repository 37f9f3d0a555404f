import { palette } from './palette.js';

/** The same-origin path at which the program serves `stylesheet`. */
export const STYLESHEET_PATH = '/assets/portcullis.css';

/** The one stylesheet of all pages, in the colours of {@link palette}. Loads nothing. */
export const stylesheet = `${palette}

*, *::before, *::after { box-sizing: border-box; }

html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }

body {
  margin: 0 auto;
  min-height: 100vh;
  min-height: 100dvh;
  padding: 1.25rem 1rem 2rem;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 var(--sans);
  overflow-wrap: anywhere;
}

body.narrow, body.paired { max-width: 33rem; }
body.wide { max-width: 46rem; }

h1, h2, p, ul, ol, dl, dd, pre, fieldset, legend { margin: 0; padding: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin-top: 2rem; font-size: 1.0625rem; line-height: 1.35; font-weight: 650; }
p + p { margin-top: 0.75rem; }
strong { font-weight: 650; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:hover { color: var(--accent-hover); }

:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }

.brand {
  display: flex;
  align-items: center;
  gap: 0.625rem;
  margin: 0 0.25rem 1rem;
  color: var(--soft);
  font-size: 0.9375rem;
  font-weight: 600;
  letter-spacing: 0.01em;
}
.mark { flex: none; width: 1.875rem; height: 1.875rem; }
.mark .arch { fill: none; stroke: var(--ink); stroke-width: 4; stroke-linecap: square; }
.mark .iron { fill: none; stroke: var(--accent); stroke-width: 3; }
.mark .tips { fill: var(--accent); }

.card {
  /* Not hidden: that would make the card scroll, and nothing in it could stick to the window. */
  overflow: clip;
  border: 1px solid transparent;
  border-radius: 14px;
  background: var(--card);
  box-shadow: var(--shadow);
}
.grille { display: block; background: var(--sunk); color: var(--iron); }
.grille .iron { fill: none; stroke: currentColor; stroke-width: 2.5; }
.grille .tips { fill: currentColor; }
.body { padding: 1.5rem 1.25rem 1.5rem; }

h1 + p { margin-top: 0.5rem; }
.lead { margin-top: 0.5rem; color: var(--soft); }
.lead strong, .lead .name { color: var(--ink); }
.name { quotes: "\\201c" "\\201d"; }
.overline { margin-bottom: 0.25rem; color: var(--soft); font-size: 0.875rem; font-weight: 600; }
.overline + h1 { margin-top: 0; }
.hint { color: var(--soft); font-size: 0.875rem; }

.destination { margin-top: 1.25rem; padding-left: 1rem; border-left: 4px solid var(--accent); }
.destination p { margin: 0; }
.destination-label, .destination-note { color: var(--soft); font-size: 0.875rem; }
.destination .destination-place {
  font-family: var(--mono);
  font-size: clamp(1.375rem, 6.2vw, 1.75rem);
  line-height: 1.25;
  font-weight: 600;
  letter-spacing: -0.02em;
}
/* Breaks between its parts, which end at a dot or slash, and within one only where that is longer than a line, there wherever
   the line is full: a break in the middle of a label, or at a hyphen, could make a line read as a host. */
.place, .place span { display: inline-block; line-break: anywhere; }
.destination .destination-place.long { font-size: 1.125rem; letter-spacing: 0; }
.destination + p { margin-top: 1.25rem; }

.notice {
  margin-top: 1.25rem;
  padding: 0.75rem 1rem;
  border: 1px solid;
  border-radius: 8px;
  font-size: 0.9375rem;
  line-height: 1.45;
  list-style: none;
}
.notice:not(.warn, .bad, .good) { border-color: var(--line); background: var(--sunk); }
.notice.warn { border-color: var(--warn-edge); background: var(--warn); color: var(--warn-ink); }
.notice.good { border-color: var(--good-edge); background: var(--good); color: var(--good-ink); }
.notice.bad { border-color: var(--bad-edge); background: var(--bad); color: var(--bad-ink); }
.notice li + li { margin-top: 0.5rem; padding-top: 0.5rem; border-top: 1px solid var(--warn-edge); }
.changes { margin-top: 0.5rem; font-size: 0.875rem; }
.changes dt { margin-top: 0.5rem; font-weight: 650; }
.changes dd { display: flex; gap: 0 0.5rem; }
.changes dd span:first-child { flex: 0 0 4.25rem; }

.field { margin-top: 1.25rem; }
.field label { display: block; margin-bottom: 0.375rem; font-weight: 600; }
.field input {
  display: block;
  width: 100%;
  min-height: 3rem;
  padding: 0.625rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 8px;
  background: var(--card);
  color: var(--ink);
  font: inherit;
}
.field input[aria-invalid] { border-color: var(--bad-edge); }
.field .code {
  font-family: var(--mono);
  font-size: clamp(1.375rem, 6.2vw, 1.75rem);
  font-weight: 600;
  letter-spacing: 0.06em;
  text-transform: uppercase;
}
.field .hint { margin-top: 0.375rem; }
.field input:focus-visible { outline-offset: 0; border-radius: 8px; }

fieldset { margin-top: 1.5rem; border: 0; min-width: 0; }
legend { font-weight: 650; }
.scopes { margin-top: 0.5rem; list-style: none; border-top: 1px solid var(--line); }
.scopes li { position: relative; padding: 0.625rem 0 0.625rem 2.25rem; border-bottom: 1px solid var(--line); }
.scopes input {
  position: absolute;
  top: 0.75rem;
  left: 0.125rem;
  z-index: 1;
  width: 1.25rem;
  height: 1.25rem;
  margin: 0;
  accent-color: var(--accent);
}
.scopes label { display: block; cursor: pointer; }
.scopes label::before { position: absolute; inset: 0; content: ""; }
.scopes label::first-letter { text-transform: uppercase; }
.scopes code { color: var(--soft); font-size: 0.8125rem; }
.scopes .hint { margin-top: 0.25rem; }
.scopes-none { margin-top: 1.5rem; }

.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.5rem; }
button, .button {
  flex: 1 1 8rem;
  min-height: 3rem;
  padding: 0.625rem 1.25rem;
  border: 1px solid transparent;
  border-radius: 8px;
  font: inherit;
  font-weight: 600;
  line-height: 1.5;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:focus-visible, .button:focus-visible { border-radius: 8px; }
button[hidden] { display: none; }
.primary, a.primary { background: var(--accent); color: var(--on-accent); }
.primary:hover, a.primary:hover { background: var(--accent-hover); color: var(--on-accent); }
.secondary, a.secondary { border-color: var(--edge); background: var(--card); color: var(--ink); }
.secondary:hover, a.secondary:hover { border-color: var(--ink); background: var(--sunk); color: var(--ink); }
.quiet {
  flex: none;
  min-height: 2.75rem;
  padding: 0.5rem 0;
  background: transparent;
  color: var(--accent);
  text-decoration: underline;
  text-underline-offset: 0.2em;
}
.quiet:hover { color: var(--accent-hover); }

.signed-in {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 0 1rem;
  margin-top: 1.25rem;
  color: var(--soft);
  font-size: 0.9375rem;
}
.signed-in strong { color: var(--ink); }

summary { padding: 0.625rem 0; font-weight: 600; cursor: pointer; }
.technical { border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
.technical dt { margin-top: 0.25rem; font-weight: 600; }
.technical dd { font-family: var(--mono); font-size: 0.8125rem; }
.technical[open] { padding-bottom: 0.25rem; }
.signed-in + .technical { margin-top: 0.75rem; margin-bottom: -0.75rem; }

.reference {
  margin-top: 1.75rem;
  padding-top: 0.75rem;
  border-top: 1px solid var(--line);
  color: var(--soft);
  font-size: 0.875rem;
}
.reference div { display: flex; flex-wrap: wrap; gap: 0 0.75rem; }
.reference dt { flex: 0 0 5.5rem; }

.copy { -webkit-user-select: all; user-select: all; }
.address { margin-top: 0.75rem; }
.address code, pre {
  display: block;
  padding: 0.875rem 1rem;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--sunk);
  white-space: pre-wrap;
}
.address code { border-left: 4px solid var(--accent); font-size: 1.125rem; font-weight: 600; }
.clients { margin-top: 0.75rem; border-top: 1px solid var(--line); }
.clients details { border-bottom: 1px solid var(--line); }
.clients details[open] { padding-bottom: 1rem; }
.clients p { color: var(--soft); font-size: 0.9375rem; }
.clients pre { margin-top: 0.625rem; line-height: 1.5; }
.clients pre code { display: block; }
.steps { margin-top: 0.5rem; padding-left: 1.5rem; }
.steps li { margin-top: 0.25rem; padding-left: 0.25rem; }
.steps + p { margin-top: 1.5rem; }

.servers { margin-top: 1.25rem; list-style: none; border-top: 1px solid var(--line); }
.servers li { padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
.servers a, .servers strong { display: block; font-weight: 650; }
.servers code { color: var(--soft); }

.after, .notice + .lead { margin-top: 1.25rem; }

.allowed { margin-top: 1.5rem; padding: 0.875rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); }
.allowed h2 { margin-top: 0; font-size: 0.9375rem; }
.allowances { margin-top: 0.375rem; padding-left: 1.25rem; font-size: 0.9375rem; list-style: disc; }
.allowances .in-words::first-letter { text-transform: uppercase; }
.allowances li::marker { color: var(--accent); }

.connections { margin-top: 1.25rem; list-style: none; }
.connections > li { padding: 1.25rem 0 0.5rem; border-top: 1px solid var(--line); }
.connection-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1rem; }
.connection-head h2 { flex: 1 1 6rem; margin-top: 0; }
/* Hangs beside the name: where a word fills the line, the mark would stand alone on the next. */
.connection-head .name::after { display: inline-block; width: 0; white-space: nowrap; }
.connection-head button { min-height: 2.75rem; padding: 0.5rem 0.875rem; }
.connection-head + .hint { margin-top: 0.25rem; }
.connected { margin-top: 0.875rem; padding-left: 1rem; border-left: 2px solid var(--line); }
.connected h3 { margin: 0; font-size: 0.9375rem; font-weight: 650; }
.connected .hint { margin-top: 0.375rem; }
.connections .technical { margin-top: 0.75rem; border-top: 0; }
.connections summary { padding: 0.5rem 0; font-weight: 400; }

@media (min-width: 40rem) {
  body { padding-top: clamp(1.5rem, 6vh, 4rem); }
  .body { padding: 1.75rem 2rem 2rem; }
}

@media (min-width: 60rem) {
  body.paired { max-width: 60rem; }
  .paired .body { display: grid; grid-template-columns: 1fr 1fr; gap: 2.5rem; }
  .paired .asker { align-self: start; }
  .paired .decision { padding-left: 2.5rem; border-left: 1px solid var(--line); }
  .paired .decision fieldset, .paired .decision input + .allowed { margin-top: 0; }
}

/* Who asks stays in view beside a long list, where the window has the height for all of it: not where there is much to
   tell of it. */
@media (min-width: 60rem) and (min-height: 36rem) {
  .paired .asker:not(:has(.changes)) { position: sticky; top: 1.5rem; }
}

@media (prefers-reduced-motion: no-preference) {
  button, .button { transition: background-color 120ms, border-color 120ms, color 120ms; }
  .gate-raised .grille rect { animation: rise 700ms cubic-bezier(0.3, 0, 0.2, 1) both; }
  @keyframes rise { from { transform: translateY(10px); } }
}

@media (forced-colors: active) {
  .card, button, .button { border-color: ButtonBorder; }
  .grille, .mark .arch, .mark .iron { color: CanvasText; stroke: CanvasText; }
  .mark .tips { fill: CanvasText; }
}
`;
