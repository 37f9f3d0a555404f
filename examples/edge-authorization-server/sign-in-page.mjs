import { html, STYLESHEET_PATH } from '@portcullis/web';

/**
 * The page of the login, in the looks of the other pages and without a script. After a mistake the name is there still, and
 * the focus is where something has to be typed.
 *
 * @param problem - what is wrong, if anything; `asksAgain` tells whether typing something else could help
 */
export function renderSignInPage({ status = 200, problem = '', username = '', asksAgain = true } = {}) {
  const focus = html` autofocus`;
  const form = html`<form method="post" action="/login">
<div class="field">
<label for="username">Name</label>
<input id="username" name="username" type="text" value="${username}" autocomplete="username" autocapitalize="none" required${username === '' ? focus : undefined}>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${username === '' ? undefined : focus}>
</div>
<div class="actions"><button type="submit" class="primary">Sign in</button></div>
</form>`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${problem === '' ? 'Sign in' : 'Not signed in'}</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body class="narrow">
<main class="card">
<div class="body">
<h1>Sign in</h1>
${problem === '' ? undefined : html`<p class="notice bad" role="alert">${problem}</p>`}
${asksAgain ? form : undefined}
</div>
</main>
</body>
</html>`;
  return new Response(page.toString(), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'same-origin',
    },
  });
}
