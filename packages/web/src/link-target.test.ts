import { describe, expect, it } from 'vitest';
import { parseLinkTarget, parseSameOriginPath, parseWebAddress } from './link-target.js';

describe('parseLinkTarget', () => {
  it.each([
    'https://app.example/cb?code=a&state=%22%3E&iss=https%3A%2F%2Fgate.example',
    'http://127.0.0.1:53682/callback?code=a',
    'http://[::1]:53682/callback?code=a',
    'http://localhost:4000/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback?code=a',
    'com.example.app:/cb?code=a',
    "https://app.example/it's?code=a",
  ])('returns %s exactly as it came', (location) => {
    expect(parseLinkTarget(location)).toBe(location);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    'javascript://app.example/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'blob:https://app.example/1',
    'file:///etc/passwd',
    'filesystem:https://app.example/temporary/x',
    'view-source:https://app.example/',
    'about:blank',
    '/relative',
    '//app.example/cb',
    '',
    'https://app.example\\@evil.example/cb',
    'https://app.example/cb\r\nSet-Cookie: a=b',
  ])('refuses %j', (location) => {
    expect(parseLinkTarget(location)).toBeUndefined();
  });
});

describe('parseWebAddress', () => {
  it('takes https and http, and no private-use scheme', () => {
    expect(parseWebAddress('https://docs.example/a')).toBe('https://docs.example/a');
    expect(parseWebAddress('http://127.0.0.1:8808/mcp')).toBe('http://127.0.0.1:8808/mcp');
    expect(parseWebAddress('cursor://docs')).toBeUndefined();
  });
});

describe('parseSameOriginPath', () => {
  it('takes a path of this origin', () => {
    expect(parseSameOriginPath('/interaction?transaction=a')).toBe('/interaction?transaction=a');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'evil',
    '/\t/evil.example',
    '',
  ])('refuses %j', (path) => {
    expect(parseSameOriginPath(path)).toBeUndefined();
  });
});
