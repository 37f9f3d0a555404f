/**
 * The colours of all pages, and their letters: limestone, iron and verdigris, in a light and a dark scheme. Every pair of text and
 * ground reaches 4.5:1 and every field border 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const palette = `:root {
  color-scheme: light dark;
  --ground: #e9ebe6;
  --card: #fbfcf9;
  --sunk: #f0f2ed;
  --ink: #1a2320;
  --soft: #505c57;
  --line: #d3d9d2;
  --edge: #76837d;
  --iron: #b4beb7;
  --accent: #17594e;
  --accent-hover: #0f473e;
  --on-accent: #ffffff;
  --warn: #faf0d8;
  --warn-ink: #523700;
  --warn-edge: #b27d16;
  --bad: #fbeae6;
  --bad-ink: #75200f;
  --bad-edge: #b8452f;
  --good: #e3f1ec;
  --good-ink: #0f473e;
  --good-edge: #3c8474;
  --shadow: 0 1px 2px rgb(26 35 32 / 8%), 0 12px 32px -12px rgb(26 35 32 / 22%);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", Menlo, Consolas, "Liberation Mono", monospace;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1312;
    --card: #171e1c;
    --sunk: #111816;
    --ink: #e5ebe7;
    --soft: #a7b3ad;
    --line: #2d3734;
    --edge: #788680;
    --iron: #46534e;
    --accent: #8bd0be;
    --accent-hover: #a9e0d1;
    --on-accent: #08201a;
    --warn: #2a2212;
    --warn-ink: #f1d9a4;
    --warn-edge: #a97f2b;
    --bad: #301a16;
    --bad-ink: #f6c3b8;
    --bad-edge: #c4604c;
    --good: #12251f;
    --good-ink: #b4e4d6;
    --good-edge: #4f9485;
    --shadow: 0 0 0 1px #26302d;
  }
}`;
