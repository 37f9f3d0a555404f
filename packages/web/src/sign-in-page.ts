import type { SignInPage, SignInPurpose } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { hostText, quotedName } from './client-wording.js';
import { hiddenFields } from './form-fields.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { operatorText } from './operator-wording.js';

/**
 * Asks who the person is. Focus starts in the first field that is still empty; after a refused try the problem is
 * announced and both fields point at it, since the words never say which of the two was wrong.
 */
export function renderSignInPage(page: SignInPage, options: PageOptions): string {
  const problem = page.problem === undefined ? undefined : displayText(page.problem, 300);
  const atFault = problem === undefined ? undefined : html` aria-invalid="true" aria-describedby="problem"`;
  const focus = html` autofocus`;
  const usernameKnown = page.username !== '';
  return renderDocument(
    {
      title: problem === undefined ? 'Sign in' : 'Not signed in',
      gate: 'shut',
      main: html`<h1>Sign in</h1>
<p class="lead">${purpose(page.purpose)}</p>
${page.again ? html`<p class="notice">It wants to be sure that this is you, so it asks you to sign in again.</p>` : undefined}
${page.anotherUser ? anotherUser(page.purpose) : undefined}
${problem === undefined ? undefined : html`<p class="notice bad" role="alert" id="problem">${problem}</p>`}
<form method="post" action="${page.form.action}">
${hiddenFields(page.form)}
<div class="field">
<label for="username">Username</label>
<input id="username" name="username" type="text" value="${page.username}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required${atFault}${usernameKnown ? undefined : focus}>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${atFault}${usernameKnown ? focus : undefined}>
</div>
<div class="actions"><button type="submit" class="primary">Sign in</button></div>
</form>`,
    },
    options,
  );
}

/** There is no way back to the sign-in that has ended, so the page says what still stands. */
function anotherUser({ kind }: SignInPurpose): Html {
  return html`<p class="notice">You are signed out${kind === 'account' ? undefined : ', and the request still waits'}.
Sign in as somebody else, or as yourself to go on.</p>`;
}

function purpose(purpose: SignInPurpose): Html {
  if (purpose.kind === 'account')
    return html`To see which applications are connected in your name, and to disconnect them.`;
  const { name, goesTo } = purpose.client;
  const shows =
    goesTo.kind === 'device'
      ? html`, on the device that shows the code <strong>${hostText(goesTo.userCode)}</strong>,`
      : undefined;
  return html`${quotedName(name)}${shows} would like to use <strong>${operatorText(purpose.resourceName)}</strong>.
You decide what it may do on the next page.`;
}
