import { expect, it } from 'vitest';
import { checkSameOriginForm } from './same-origin-form.js';

const origin = 'https://as.test';

it.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ origin }, undefined],
  [{ origin, 'sec-fetch-site': 'same-origin' }, undefined],
  [{ 'sec-fetch-site': 'none' }, undefined],
  [{ origin: 'https://evil.test' }, 'foreign_origin'],
  [{ origin: 'null' }, 'foreign_origin'],
  [{ origin: 'http://as.test' }, 'foreign_origin'],
  [{ origin, 'sec-fetch-site': 'cross-site' }, 'foreign_fetch_site'],
  [{ 'sec-fetch-site': 'same-site' }, 'foreign_fetch_site'],
])('CB-01 %j: %s', (headers, expected) => {
  expect(checkSameOriginForm(new Headers(headers), origin)).toBe(expected);
});
