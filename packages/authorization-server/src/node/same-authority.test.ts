import { expect, it } from 'vitest';
import { isSameAuthority } from './same-authority.js';

it.each([
  ['http', 'gate.test', 'gate.test'],
  ['http', 'GATE.test', 'gate.TEST'],
  ['http', 'gate.test:80', 'gate.test'],
  ['http', 'gate.test', 'Gate.test:80'],
  ['https', 'gate.test:443', 'gate.test'],
  ['http', '[::1]', '[::1]:80'],
  ['https', 'gate.test:8443', 'GATE.test:8443'],
])('GW-05 of a target of %s, %s is %s', (scheme, authority, host) => {
  expect(isSameAuthority(scheme, authority, host)).toBe(true);
});

it.each([
  ['http', 'gate.test', undefined],
  ['http', 'gate.test', ''],
  ['http', '', ':8080'],
  ['http', 'gate.test:443', 'gate.test'],
  ['https', 'gate.test', 'gate.test:80'],
  ['http', 'gate.test.', 'gate.test'],
  ['http', 'u@gate.test', 'gate.test'],
  ['http', 'gate.test:8080', 'gate.test'],
  ['http', 'evil.test', 'gate.test'],
])('GW-05 of a target of %s, %s is not %s', (scheme, authority, host) => {
  expect(isSameAuthority(scheme, authority, host)).toBe(false);
});
