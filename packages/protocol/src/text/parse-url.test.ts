import { expect, it } from 'vitest';
import { parseUrl } from './parse-url.js';

it('says the same of a text however often it is asked, letters of Latin-1 included', () => {
  const text = 'https://h.test/caf\u00e9?\u00fc';
  const answers = Array.from({ length: 20_000 }, () => parseUrl(text)?.href);
  expect(new Set(answers)).toEqual(new Set(['https://h.test/caf%C3%A9?%C3%BC']));
});

it('takes a base, and knows what is no URL', () => {
  expect(parseUrl('/a?b', 'https://h.test/c')?.href).toBe('https://h.test/a?b');
  expect(parseUrl('/a')).toBeUndefined();
  expect(parseUrl('https://')).toBeUndefined();
  expect(parseUrl('')).toBeUndefined();
});
