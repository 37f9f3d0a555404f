import { expect, it } from 'vitest';
import { checkPrompt } from './prompt.js';

it.each([
  [undefined, true, undefined],
  ['login', false, undefined],
  ['consent select_account', true, undefined],
  ['none', false, 'login_needed'],
  ['none', true, 'consent_needed'],
  ['none login', true, 'prompt_malformed'],
])('prompt=%s, signed in %s: %s', (prompt, isSignedIn, expected) => {
  expect(checkPrompt(prompt, isSignedIn)).toBe(expected);
});
