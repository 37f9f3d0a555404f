import { describe, expect, it } from 'vitest';
import { parseIssuer } from './issuer.js';

describe('parseIssuer', () => {
  it.each([
    'https://as.test',
    'https://as.test/t/a',
    'https://as.test:8443',
    'http://127.0.0.1:8808',
    'http://[::1]:1',
    'http://localhost',
  ])('accepts %s', (text) => {
    expect(parseIssuer(text).ok).toBe(true);
  });

  it.each([
    ['', 'malformed'],
    ['as.test', 'malformed'],
    ['http://as.test', 'plain_http'],
    ['ftp://localhost', 'plain_http'],
    ['https://as.test/', 'not_canonical'],
    ['https://as.test/t/a/', 'not_canonical'],
    ['https://AS.test', 'not_canonical'],
    ['https://as.test:443', 'not_canonical'],
    ['https://as.test?x', 'not_canonical'],
    ['https://as.test#x', 'not_canonical'],
    ['https://u@as.test', 'not_canonical'],
    ['https://as.test/a/../b', 'not_canonical'],
    ['https://as.test/:id', 'not_canonical'],
  ])('refuses %j as %s', (text, failure) => {
    expect(parseIssuer(text)).toEqual({ ok: false, failure });
  });
});
