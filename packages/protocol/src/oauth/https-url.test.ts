import { expect, it } from 'vitest';
import { isHttpsUrl } from './https-url.js';

it.each(['https://a.test', 'https://a.test/', 'https://[::1]:8443/x?y#z', `https://a.test/${'x'.repeat(2033)}`])(
  'takes %j',
  (text) => {
    expect(isHttpsUrl(text)).toBe(true);
  },
);

it.each([
  '',
  'http://a.test/',
  'HTTPS://a.test/',
  'javascript:alert(1)',
  ' https://a.test/',
  'https://a.test/ x',
  'https://a.test/\n',
  'https://ä.test/',
  'https://',
  'https://a.test:65536/',
  `https://a.test/${'x'.repeat(2034)}`,
])('AZ-09 refuses %j', (text) => {
  expect(isHttpsUrl(text)).toBe(false);
});
