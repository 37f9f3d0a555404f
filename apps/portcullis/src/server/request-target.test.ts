import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from './request-target.js';

describe('GW-04 the request target', () => {
  it.each([
    ['/', '/', ''],
    ['/mcp', '/mcp', ''],
    ['/files/mcp?x=/healthz/../y', '/files/mcp', '?x=/healthz/../y'],
    ['/.well-known/oauth-protected-resource/files/mcp', '/.well-known/oauth-protected-resource/files/mcp', ''],
    ['/a.b_c~d-e/', '/a.b_c~d-e/', ''],
    ['/mcp?', '/mcp', '?'],
  ])('reads %s', (target, pathname, search) => {
    expect(parseRequestTarget(target)).toEqual({
      ok: true,
      value: { pathname, search, authority: undefined, scheme: undefined },
    });
  });

  it.each([
    ['http://gate.test/mcp?a=b', 'http', 'gate.test', '/mcp', '?a=b'],
    ['HTTPS://gate.test:8443', 'https', 'gate.test:8443', '/', ''],
    ['http://gate.test?x=1', 'http', 'gate.test', '/', '?x=1'],
  ])('reads the absolute form %s', (target, scheme, authority, pathname, search) => {
    const parsed = parseRequestTarget(target);
    const expected = { pathname, search, authority, scheme };
    expect(parsed).toEqual({ ok: true, value: expected });
  });

  it.each([
    '/healthz/../files/mcp',
    '/..',
    '/.',
    '/a/./b',
    '/%2e%2e/',
    '/%2E%2E/mcp',
    '//files/mcp',
    '/files//mcp',
    '/.well-known/oauth-protected-resource/..%2f..%2ffiles/mcp',
    '/files/mcp;x',
    '/files/mcp%23',
    '/files/mcp#x',
    '/mcp?a#b',
    '/mcp%00',
    '/%6dcp',
    '/files\\mcp',
    '/files%5cmcp',
    '/mcp ',
    '/m\u0441p',
    'http://gate.test//mcp',
  ])('refuses %j as ambiguous', (target) => {
    expect(parseRequestTarget(target)).toEqual({ ok: false, failure: 'target_ambiguous' });
  });

  it.each(['*', 'gate.test:443', '', 'mcp', 'ftp://gate.test/mcp', 'http://gate.test\\@evil.test/'])(
    'refuses the form of %j',
    (target) => {
      expect(parseRequestTarget(target)).toEqual({ ok: false, failure: 'target_form' });
    },
  );

  it('takes time in proportion to length', () => {
    const started = performance.now();
    parseRequestTarget(`/${'a/'.repeat(8000)};`);
    parseRequestTarget(`/${'.'.repeat(16_000)};`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
