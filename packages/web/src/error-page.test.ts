import { describe, expect, it } from 'vitest';
import { renderErrorPage } from './error-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { error } from './testing/samples.js';

const options = { stylesheetPath: STYLESHEET_PATH };

describe('the error page', () => {
  it('says what happened, and small what finds it in the log', () => {
    const page = renderErrorPage(error, options);
    expect(page).toContain('<h1>This sign-in has expired</h1>');
    expect(page).toContain('role="alert">Go back to the application');
    expect(page).toContain('<code>invalid_request</code>');
    expect(page).toContain('<code>01JD9Z6T3C8W4Q5R7X</code>');
  });

  it('shows no sign-in, no consent and no way to leave by itself', () => {
    expect(renderErrorPage(error, options)).not.toMatch(/<form|<input|http-equiv|<a /);
  });

  it('leaves the code out when there is none', () => {
    expect(renderErrorPage({ ...error, code: undefined }, options)).not.toContain('<dt>Error</dt>');
  });

  it('names the host that waits, as text, and the command of the operator where there is one', () => {
    const waits = { ...error, waitingHost: 'app.example:8443' };
    const page = renderErrorPage(waits, { ...options, pendingCommand: 'gate pending' });
    expect(page).toContain('the application of <code>app.example:8443</code> waits. They see what waits with');
    expect(page).toContain('<code>gate pending</code>');
    expect(page).not.toMatch(/href="[^"]*app\.example/);
    expect(renderErrorPage(waits, options)).not.toContain('They see');
    expect(renderErrorPage({ ...waits, waitingHost: '<b>x' }, options)).toContain('<code>&lt;b&gt;x</code>');
    expect(renderErrorPage(error, options)).not.toContain('waits');
  });

  it.each([
    ['another try', 'retryPath', 'Try again'],
    ['a sign-in', 'signInPath', 'Sign in'],
  ] as const)('offers %s on this origin only', (_what, member, text) => {
    const good = renderErrorPage({ ...error, [member]: '/interaction?transaction=a' }, options);
    expect(good).toContain(`href="/interaction?transaction=a">${text}</a>`);
    for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
      expect(renderErrorPage({ ...error, [member]: path }, options)).not.toContain(text);
    }
  });
});
