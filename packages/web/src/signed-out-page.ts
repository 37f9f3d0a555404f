import type { SignedOutPage } from '@portcullis/ports';
import { html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { parseSameOriginPath } from './link-target.js';

/**
 * Says that nobody is signed in any more, after a form. Where something waits for a sign-in it goes on by itself, by meta
 * refresh: browsers would not let a form lead to a sign-in on another site by redirects.
 */
export function renderSignedOutPage(page: SignedOutPage, options: PageOptions): string {
  const target = parseSameOriginPath(page.continuePath);
  const wasAsked = page.reason === 'asked';
  return renderDocument(
    {
      title: 'Signed out',
      gate: 'shut',
      leaveFor: page.goesOn ? target : undefined,
      main: html`<h1>${wasAsked ? 'You are signed out' : 'Your sign-in has ended'}</h1>
<p class="lead">${wasAsked ? 'Applications stay connected until you disconnect them.' : 'It ended while the page was open, so nothing was changed.'}</p>
${target === undefined ? undefined : html`<p class="actions"><a class="button primary" href="${target}">${page.goesOn ? 'Go on to sign in' : 'Sign in again'}</a></p>`}`,
    },
    options,
  );
}
