import type { TokenEndpointAuthMethod } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { hasBecomeWeaker } from './client-strength.js';

it.each<[TokenEndpointAuthMethod, TokenEndpointAuthMethod, boolean]>([
  ['private_key_jwt', 'none', true],
  ['private_key_jwt', 'client_secret_basic', true],
  ['client_secret_basic', 'none', true],
  ['client_secret_post', 'none', true],
  ['client_secret_basic', 'client_secret_post', false],
  ['client_secret_post', 'client_secret_basic', false],
  ['none', 'none', false],
  ['none', 'private_key_jwt', false],
  ['private_key_jwt', 'private_key_jwt', false],
])('CI-08 from %s to %s: has become weaker: %s', (whenGranted, now, weaker) => {
  expect(hasBecomeWeaker(whenGranted, now)).toBe(weaker);
});
