import type { DisabledUserPage, SignedOutPage } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { renderDisabledUserPage } from './disabled-user-page.js';
import { renderSignedOutPage } from './signed-out-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { disabledUser, signedOut } from './testing/samples.js';

const options = { stylesheetPath: STYLESHEET_PATH };

describe('the page of somebody who is signed out', () => {
  const render = (change: Partial<SignedOutPage> = {}) => renderSignedOutPage({ ...signedOut, ...change }, options);

  it('offers a sign-in, and stays', () => {
    const page = render();
    expect(page).toContain('<h1>You are signed out</h1>');
    expect(page).toContain('href="/account?user=another">Sign in again</a>');
    expect(page).not.toContain('http-equiv');
  });

  it('goes on by itself where something waits, by refresh and by link', () => {
    const page = render({ goesOn: true, continuePath: '/interaction?transaction=a&user=another' });
    expect(page).toContain('<meta http-equiv="refresh" content="0;url=/interaction?transaction=a&amp;user=another">');
    expect(page).toContain('href="/interaction?transaction=a&amp;user=another">Go on to sign in</a>');
  });

  it('says that nothing was done by a form that came too late', () => {
    expect(render({ reason: 'session_ended' })).toContain('so nothing was changed');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])(
    'CB-08 leads to no %s',
    (continuePath) => {
      expect(render({ continuePath, goesOn: true })).not.toMatch(/evil|javascript|http-equiv/);
    },
  );
});

describe('the page of a disabled user', () => {
  const render = (change: Partial<DisabledUserPage> = {}) =>
    renderDisabledUserPage({ ...disabledUser, ...change }, options);

  it('says so, and lets somebody else sign in by a form that signs this one out', () => {
    const page = render();
    expect(page).toContain('<h1>This account is disabled</h1>');
    expect(page).toContain('<strong><bdi>alice</bdi></strong>');
    expect(page).toContain('<form method="post" action="/account/sign-out">');
    expect(page).toContain('name="csrf_token" value="sample-csrf-token"');
    expect(page).toContain('>Sign in as somebody else</button>');
  });

  it('links to a path of this origin where nobody is signed in', () => {
    expect(render({ another: { path: '/account' } })).toContain('href="/account">Sign in as somebody else</a>');
    expect(render({ another: { path: '//evil.example' } })).not.toMatch(/evil|<a /);
  });
});
