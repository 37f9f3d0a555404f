import type { LeavingPage } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { renderLeavingPage } from './leaving-page.js';
import { STYLESHEET_PATH } from './stylesheet.js';
import { leaving, untrustedRedirect } from './testing/samples.js';
import { withoutParts } from './testing/without-parts.js';
import { renderUntrustedRedirectPage } from './untrusted-redirect-page.js';

const options = { stylesheetPath: STYLESHEET_PATH };
const render = (change: Partial<LeavingPage>) => renderLeavingPage({ ...leaving, ...change }, options);

function decodeEntities(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function refreshTarget(page: string): string | undefined {
  const content = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(page)?.[1];
  return content === undefined ? undefined : decodeEntities(content);
}

function linkTarget(page: string): string | undefined {
  const href = /<a [^>]*href="([^"]*)"/.exec(page)?.[1];
  return href === undefined ? undefined : decodeEntities(href);
}

describe('the leaving page', () => {
  it.each([
    'http://127.0.0.1:53682/callback?code=a&state=b&iss=http%3A%2F%2F127.0.0.1%3A8808',
    'http://[::1]:53682/callback?code=a&state=b',
    'https://app.example/cb?state=%22%3E%3Cscript%3E&code=a',
    `https://app.example/cb?x="'<>&code=a`,
    'cursor://anysphere.cursor-mcp/oauth/callback?code=a&state=b',
  ])('leaves for %s by refresh and by link, unchanged', (location) => {
    const page = render({ location });
    expect(refreshTarget(page)).toBe(location);
    expect(linkTarget(page)).toBe(location);
  });

  it('says what was decided, and what comes next', () => {
    const approved = render({ outcome: 'approved' });
    expect(approved).toContain('<h1>Approved</h1>');
    expect(approved).toContain('You can close this tab once the application says it is connected.');
    expect(approved).toContain('>Continue to <bdi>Cursor</bdi></a>');
    const denied = render({ outcome: 'denied' });
    expect(denied).toContain('<h1>Denied</h1>');
    expect(denied).toContain('gets no access');
  });

  it('says where an approval can be taken back', () => {
    expect(render({ outcome: 'approved' })).toContain('<a href="/account">your applications</a>');
    expect(render({ outcome: 'denied' })).not.toContain('/account');
  });

  it.each(['javascript:alert(document.domain)', 'data:text/html,x', 'java\nscript:alert(1)', '/relative'])(
    'CB-04 never follows or links %j; it says that it could not leave',
    (location) => {
      const page = render({ location });
      expect(page).not.toMatch(/http-equiv|<a |javascript|data:/);
      expect(page).toContain('role="alert"');
    },
  );
});

describe('the untrusted redirect page', () => {
  it('names the host, links to it, and does not leave by itself', () => {
    const page = withoutParts(renderUntrustedRedirectPage(untrustedRedirect, options));
    expect(page).not.toContain('http-equiv');
    expect(page).toContain('<p class="destination-place"><bdi class="place" dir="ltr">app.weather.example</bdi></p>');
    expect(linkTarget(page)).toBe(untrustedRedirect.location);
  });

  it('names the scheme of a redirect without a host', () => {
    const page = renderUntrustedRedirectPage(
      { ...untrustedRedirect, goesTo: { kind: 'private-use', scheme: 'cursor' }, location: 'cursor:/cb' },
      options,
    );
    expect(page).toContain('<bdi class="place" dir="ltr">cursor:</bdi></p>');
  });

  it('CB-04 links no address that a browser would execute', () => {
    const page = renderUntrustedRedirectPage({ ...untrustedRedirect, location: 'javascript:alert(1)' }, options);
    expect(page).not.toMatch(/<a |javascript/);
    expect(page).toContain('role="alert"');
  });
});
