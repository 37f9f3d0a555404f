/**
 * The style of the page that the browser ends at, in a light and a dark scheme: the look of the gate's own pages, so that
 * a sign-in ends as it went. It stands in the page, since nothing but the page is served. Every pair of text and ground
 * reaches 4.5:1 (WCAG 2.2, 1.4.3). Loads nothing.
 */
export const CALLBACK_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #e9ebe6;
  --card: #fbfcf9;
  --sunk: #f0f2ed;
  --ink: #1a2320;
  --soft: #505c57;
  --iron: #b4beb7;
  --shadow: 0 1px 2px rgb(26 35 32 / 8%), 0 12px 32px -12px rgb(26 35 32 / 22%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1312;
    --card: #171e1c;
    --sunk: #111816;
    --ink: #e5ebe7;
    --soft: #a7b3ad;
    --iron: #46534e;
    --shadow: 0 0 0 1px #26302d;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto;
  min-height: 100vh;
  min-height: 100dvh;
  max-width: 33rem;
  padding: 1.25rem 1rem 2rem;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { overflow: clip; border: 1px solid transparent; border-radius: 14px; background: var(--card); box-shadow: var(--shadow); }
.grille { display: block; background: var(--sunk); color: var(--iron); }
.iron { fill: none; stroke: currentColor; stroke-width: 2.5; }
.tips { fill: currentColor; }
.body { padding: 1.5rem 1.25rem; }
h1, p { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; }
p { margin-top: 0.5rem; color: var(--soft); text-wrap: pretty; }
@media (min-width: 40rem) {
  body { padding-top: clamp(1.5rem, 18vh, 12rem); }
  .body { padding: 1.75rem 2rem 2rem; }
}
@media (prefers-reduced-motion: no-preference) {
  .raised .grille rect { animation: rise 700ms cubic-bezier(0.3, 0, 0.2, 1) both; }
  @keyframes rise { from { transform: translateY(10px); } }
}
@media (forced-colors: active) {
  main { border-color: CanvasText; }
  .grille { color: CanvasText; }
}
`;
