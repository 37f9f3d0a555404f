import { describe, expect, it } from 'vitest';
import { isListableScheme, keepAllowedRedirectUris, matchesRedirectUri, parseRedirectUri } from './redirect-uri.js';

describe('parseRedirectUri', () => {
  it.each([
    ['https://app.test/cb', 'https', 'app.test'],
    ['https://app.test:8443/cb?x=1', 'https', 'app.test:8443'],
    ['https://app.test/cb?response=x', 'https', 'app.test'],
    ['http://127.0.0.1/cb', 'loopback', '127.0.0.1'],
    ['http://localhost:33418/', 'loopback', 'localhost:33418'],
    ['http://[::1]/cb', 'loopback', '[::1]'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'private-use', 'anysphere.cursor-mcp'],
    ['cursor:/cb', 'private-use', ''],
    ['https://app.test/code/state?CODE=1&codes=2&a=code%26state=3&=iss', 'https', 'app.test'],
  ])('accepts %s as %s', (uri, kind, authority) => {
    const parsed = parseRedirectUri(uri, ['cursor']);
    expect(parsed).toMatchObject({ ok: true, value: { uri, kind, authority } });
  });

  it.each([
    ['javascript:alert(1)', 'scheme_not_allowed'],
    ['JaVaScRiPt:alert(1)', 'scheme_not_allowed'],
    ['\x01javascript:alert(1)', 'malformed'],
    ['java\nscript:alert(1)', 'malformed'],
    ['data:text/html,x', 'scheme_not_allowed'],
    ['file:///etc/passwd', 'scheme_not_allowed'],
    ['vbscript:x', 'scheme_not_allowed'],
    ['blob:https://app.test/1', 'scheme_not_allowed'],
    ['about:blank', 'scheme_not_allowed'],
    ['myapp:/cb', 'scheme_not_allowed'],
    ['com.example.app:/cb', 'scheme_not_allowed'],
    ['https://app.test/cb#f', 'fragment'],
    ['https://*.app.test/cb', 'wildcard'],
    ['https://app.test/*', 'wildcard'],
    ['https://app.test/cb?code=x', 'response_parameter'],
    ['https://app.test/cb?a=b&state=', 'response_parameter'],
    ['https://app.test/cb?iss', 'response_parameter'],
    ['https://app.test/cb?%69ss=https%3A%2F%2Fevil.test', 'response_parameter'],
    ['https://app.test/cb?&error=x', 'response_parameter'],
    ['https://app.test/cb?error_description=x', 'response_parameter'],
    ['https://app.test/cb?error_uri=x', 'response_parameter'],
    ['https://app.test/cb?a=?&error=y', 'response_parameter'],
    ['http://127.0.0.1/cb?code=x', 'response_parameter'],
    ['myapp:/cb?state=x', 'response_parameter'],
    ['https://app.test@evil.test/cb', 'user_info'],
    ['https://app.test\\@evil.test/cb', 'malformed'],
    ['http://app.test/cb', 'plain_http'],
    ['http://127.0.0.2/cb', 'plain_http'],
    ['http://127.1/cb', 'plain_http'],
    ['http://LOCALHOST/cb', 'plain_http'],
    ['https://app.test /cb', 'malformed'],
    ['https:app.test/cb', 'malformed'],
    ['https:///cb', 'malformed'],
    ['https://ünicode.test/cb', 'malformed'],
    ['//app.test/cb', 'malformed'],
    ['', 'malformed'],
    [`https://app.test/${'x'.repeat(4096)}`, 'too_long'],
  ])('AZ-09 DC-01 refuses %j as %s', (uri, failure) => {
    expect(parseRedirectUri(uri, [])).toEqual({ ok: false, failure });
  });

  it.each(['javascript', 'data', 'file', 'vbscript', 'blob', 'about', 'http', 'https', 'JavaScript', 'a b', ''])(
    'AZ-09 never lists %j',
    (scheme) => {
      expect(isListableScheme(scheme)).toBe(false);
      expect(parseRedirectUri(`${scheme}:/cb`, [scheme]).ok).toBe(false);
    },
  );

  it.each([
    ...[
      'ms-msdt',
      'ms-officecmd',
      'ms-its',
      'ms-word',
      'search-ms',
      'mhtml',
      'mk',
      'res',
      'shell',
      'livescript',
      'mocha',
    ],
    ...['wyciwyg', 'devtools', 'edge', 'chrome', 'chrome-untrusted', 'chrome-extension', 'moz-extension', 'extension'],
    ...[
      'safari-web-extension',
      'tel',
      'sms',
      'mailto',
      'ssh',
      'telnet',
      'smb',
      'ldap',
      'gopher',
      'feed',
      'itms-services',
    ],
    ...['android-app', 'intent', 'urn', 'jdbc', 'view-source', 'jar', 'ws'],
  ])('AZ-09 never lists %s, which is no application of its own', (scheme) => {
    expect(isListableScheme(scheme)).toBe(false);
    expect(parseRedirectUri(`${scheme}:/cb`, [scheme])).toEqual({ ok: false, failure: 'scheme_not_allowed' });
  });

  it.each([
    ...['com.example.app', 'com.anthropic.claude', 'com.raycast', 'vscode', 'vscode-insiders', 'vscodium', 'code-oss'],
    ...[
      'cursor',
      'windsurf',
      'windsurf-next',
      'trae',
      'kiro',
      'zed',
      'claude',
      'goose',
      'jetbrains',
      'msauth.com.example',
    ],
    ...['msteams', 'warp', 'raycast', 'lmstudio', 'cherrystudio', 'postman'],
  ])('AZ-09 lists %s, which an application has for its own', (scheme) => {
    expect(isListableScheme(scheme)).toBe(true);
    expect(parseRedirectUri(`${scheme}:/cb`, [scheme])).toMatchObject({ ok: true, value: { kind: 'private-use' } });
  });
});

it('AZ-09 keeps the redirect URIs that are allowed, in their order', () => {
  const uris = ['vscode:/cb', 'https://app.test/cb', 'javascript:alert(1)', 'cursor:/cb', 'http://127.0.0.1/cb'];
  expect(keepAllowedRedirectUris(uris, ['cursor']).map(({ uri }) => uri)).toEqual([
    'https://app.test/cb',
    'cursor:/cb',
    'http://127.0.0.1/cb',
  ]);
});

describe('matchesRedirectUri', () => {
  it.each([
    '/cb/',
    '/CB',
    '/cb?x=1',
    '/cb#f',
    '/%63b',
    '/x/../cb',
    '/cb%2f..',
    '/..;/cb',
    '/cb ',
    '/cb\t',
    '/cb\n',
    '/cb\0',
  ])('AZ-07 refuses another path: %j', (path) => {
    expect(matchesRedirectUri('https://app.test/cb', `https://app.test${path}`)).toBe(false);
  });

  it.each([
    'https://app.test:443/cb',
    'https://APP.test/cb',
    'https://app.test.evil.test/cb',
    'https://app.test@evil.test/cb',
    'https://app.test\\@evil.test/cb',
    '//app.test/cb',
    'https:app.test/cb',
  ])('AZ-07 refuses another host: %j', (uri) => {
    expect(matchesRedirectUri('https://app.test/cb', uri)).toBe(false);
  });

  it.each(['1', '80', '8808', '65535'])('AZ-08 accepts loopback port %s', (port) => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      expect(matchesRedirectUri(`http://${host}/cb`, `http://${host}:${port}/cb`)).toBe(true);
      expect(matchesRedirectUri(`http://${host}:9/cb`, `http://${host}:${port}/cb`)).toBe(true);
    }
  });

  it.each([
    'https://127.0.0.1/cb',
    'http://localhost:80/cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://0x7f.0.0.1/cb',
    'http://127.000.000.001/cb',
    'http://127.0.0.1/cb/',
    'http://127.0.0.1/cb?x=1',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:080/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:80@evil.test/cb',
    'http://127.0.0.1:80\n/cb',
  ])('AZ-08 refuses %j for http://127.0.0.1/cb', (uri) => {
    expect(matchesRedirectUri('http://127.0.0.1/cb', uri)).toBe(false);
  });

  it.each(['http://LOCALHOST/cb', 'http://localhost./cb', 'http://[::1]/cb', 'http://127.0.0.1/cb'])(
    'AZ-08 refuses %j for http://localhost/cb',
    (uri) => {
      expect(matchesRedirectUri('http://localhost/cb', uri)).toBe(false);
    },
  );
});
