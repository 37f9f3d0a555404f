import { describe, expect, it } from 'vitest';
import { renderSignInPage } from './sign-in-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { signIn } from './testing/samples.js';

const options = { stylesheetPath: STYLESHEET_PATH };

function input(page: string, name: string): string {
  return new RegExp(`<input[^>]* name="${name}"[^>]*>`).exec(page)?.[0] ?? '';
}

describe('the sign-in page', () => {
  it('posts the transaction, a username and a password', () => {
    const page = renderSignInPage(signIn, options);
    expect(page).toContain('<form method="post" action="/interaction">');
    expect(input(page, 'transaction')).toContain('value="sample-transaction"');
    expect(input(page, 'csrf_token')).toContain('value="sample-csrf-token"');
    expect(input(page, 'username')).toMatch(/autocomplete="username" autocapitalize="none".* spellcheck="false"/);
    expect(input(page, 'password')).toMatch(/type="password" autocomplete="current-password"/);
    expect(page).toContain('<button type="submit" class="primary">Sign in</button>');
  });

  it('starts in the username, or in the password once the username is known', () => {
    const empty = renderSignInPage(signIn, options);
    expect(input(empty, 'username')).toContain(' autofocus');
    expect(input(empty, 'password')).not.toContain(' autofocus');
    const known = renderSignInPage({ ...signIn, username: 'alice' }, options);
    expect(input(known, 'username')).not.toContain(' autofocus');
    expect(input(known, 'username')).toContain('value="alice"');
    expect(input(known, 'password')).toContain(' autofocus');
  });

  it('announces a problem and ties both fields to it, and says nothing of one when there is none', () => {
    const page = renderSignInPage({ ...signIn, problem: 'Try again.' }, options);
    expect(page).toContain('role="alert" id="problem">Try again.</p>');
    for (const name of ['username', 'password']) {
      expect(input(page, name)).toContain(' aria-invalid="true" aria-describedby="problem"');
    }
    expect(renderSignInPage(signIn, options)).not.toMatch(/role="alert"|aria-invalid/);
  });

  it('never fills in a password', () => {
    expect(
      input(renderSignInPage({ ...signIn, username: 'alice', problem: 'No.' }, options), 'password'),
    ).not.toContain('value=');
  });

  it('says what the sign-in is for', () => {
    expect(renderSignInPage(signIn, options)).toMatch(/<q class="name"><bdi>Claude Code<\/bdi><\/q> would like to use/);
    const form = { ...signIn.form, transaction: undefined };
    const page = renderSignInPage({ ...signIn, form, purpose: { kind: 'account' } }, options);
    expect(page).toContain('To see which applications are connected in your name');
    expect(page).not.toContain('name="transaction"');
  });

  it('says why it asks again, and only then', () => {
    expect(renderSignInPage({ ...signIn, again: true }, options)).toContain('it asks you to sign in again');
    expect(renderSignInPage(signIn, options)).not.toContain('sign in again');
  });

  it('says to whoever signed out for another user that the request still waits, and only then', () => {
    expect(renderSignInPage({ ...signIn, anotherUser: true }, options)).toContain('and the request still waits');
    expect(renderSignInPage(signIn, options)).not.toContain('still waits');
    const account = renderSignInPage({ ...signIn, anotherUser: true, purpose: { kind: 'account' } }, options);
    expect(account).toContain('You are signed out.');
  });
});
