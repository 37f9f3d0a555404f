import { describe, expect, it } from 'vitest';
import { foldResourceIdentifier, keyOfResource, parseResourceIdentifier } from './resource-identifier.js';

describe('foldResourceIdentifier', () => {
  it.each([
    ['https://h', 'https://h/'],
    ['https://h/', 'https://h/'],
    ['HTTPS://Gate.Example/mcp', 'https://gate.example/mcp'],
    ['https://h/Mcp', 'https://h/Mcp'],
    ['https://h/mcp/', 'https://h/mcp/'],
    ['https://h:443/mcp', 'https://h:443/mcp'],
    ['https://h?x=1', 'https://h?x=1'],
    ['http://[::1]:80/mcp', 'http://[::1]:80/mcp'],
  ])('%s becomes %s', (text, folded) => {
    expect(foldResourceIdentifier(text)).toBe(folded);
  });

  it.each([
    '',
    'mcp',
    '/mcp',
    'urn:x:y',
    'https:///mcp',
    'https://h/#f',
    'https://a@h/',
    'https://h\\@e/',
    'https://h /',
  ])('refuses %j', (text) => {
    expect(foldResourceIdentifier(text)).toBeUndefined();
  });
});

describe('parseResourceIdentifier', () => {
  it.each([
    'https://gate.test/files/mcp',
    'https://gate.test',
    'https://gate.test/',
    'https://gate.test?tenant=a',
    'https://gate.test:8443/Files/',
    'http://127.0.0.1:3001/mcp',
    'http://[::1]:1',
    'http://localhost/mcp',
    `https://gate.test/${'x'.repeat(1006)}`,
  ])('accepts %s as it stands', (text) => {
    expect(parseResourceIdentifier(text)).toEqual({ ok: true, value: text });
    expect(foldResourceIdentifier(text)).toBeDefined();
  });

  it.each([
    ['', 'malformed'],
    ['/files/mcp', 'malformed'],
    [`https://gate.test/${'x'.repeat(1007)}`, 'malformed'],
    ['http://gate.test/mcp', 'plain_http'],
    ['http://127.0.0.1.gate.test/mcp', 'plain_http'],
    ['urn:example:files', 'plain_http'],
    ['HTTPS://gate.test/mcp', 'not_canonical'],
    ['https://Gate.test/mcp', 'not_canonical'],
    ['https://gate.test:443/mcp', 'not_canonical'],
    ['https://gate.test/a/../mcp', 'not_canonical'],
    ['https:\\\\gate.test\\mcp', 'not_canonical'],
    [' https://gate.test/mcp', 'not_canonical'],
    ['https://gâte.test/mcp', 'not_canonical'],
    ['http://127.1/mcp', 'not_canonical'],
    ['https://gate.test/mcp#', 'not_canonical'],
    ['https://gate.test/mcp#top', 'not_canonical'],
    ['https://gate.test#', 'not_canonical'],
    ['https://user@gate.test/mcp', 'not_canonical'],
    ['https://user:password@gate.test/mcp', 'not_canonical'],
    ['https://@gate.test/mcp', 'not_canonical'],
    ['https://gate.test/mcp?a=\\b', 'not_canonical'],
  ])('refuses %j as %s', (text, failure) => {
    expect(parseResourceIdentifier(text)).toEqual({ ok: false, failure });
  });
});

it.each([
  ['https://h', 'https://h/'],
  ['HTTPS://H/', 'https://h/'],
  ['https://h/mcp', 'https://h/mcp'],
  ['nonsense', 'nonsense'],
  ['https://h/#x', 'https://h/#x'],
])('keeps the resource %s by the key %s', (identifier, key) => {
  expect(keyOfResource(identifier)).toBe(key);
});
