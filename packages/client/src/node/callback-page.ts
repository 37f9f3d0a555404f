/** What a person reads in the browser when it has come back. */
export type CallbackPage = 'signed_in' | 'refused' | 'foreign';

const TEXTS: Readonly<Record<CallbackPage, { readonly title: string; readonly text: string }>> = {
  signed_in: { title: 'You are signed in', text: 'You can close this page and go back to the application.' },
  refused: { title: 'The sign-in failed', text: 'The application says why. You can close this page.' },
  foreign: {
    title: 'This is not the sign-in that was waited for',
    text: 'Nothing was changed. Go back to the application, which still waits for the right one.',
  },
};

/** Headers of every answer: no scripts but the one below, nothing kept, nothing told to where the person goes next. */
export function callbackHeaders(scriptHash: string): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
}

/** Takes the code out of the address bar and the history. */
export const CALLBACK_SCRIPT = "history.replaceState(null,'',location.pathname)";

/** The page. All of its text is ours: nothing that came with the response stands in it. */
export function callbackPage(page: CallbackPage): string {
  const { title, text } = TEXTS[page];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { font: 1.0625rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box; text-align: center }
h1 { font-size: 1.375rem; margin: 0 0 .5rem; text-wrap: balance }
p { margin: 0; max-width: 34ch }
</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
<script>${CALLBACK_SCRIPT}</script>
</html>
`;
}
