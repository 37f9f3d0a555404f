import { expect, it } from 'vitest';
import { earliestSignIn, readPromptWishes } from './prompt.js';

const NOTHING = { silent: false, asking: false, signInAnew: false, maxAgeSeconds: undefined };

it.each([
  [undefined, undefined, NOTHING],
  ['none', undefined, { ...NOTHING, silent: true }],
  ['consent', undefined, { ...NOTHING, asking: true }],
  ['select_account', undefined, { ...NOTHING, asking: true }],
  ['login', undefined, { ...NOTHING, asking: true, signInAnew: true }],
  ['login consent', undefined, { ...NOTHING, asking: true, signInAnew: true }],
  ['create', undefined, NOTHING],
  [undefined, '300', { ...NOTHING, maxAgeSeconds: 300 }],
  [undefined, '0', { ...NOTHING, signInAnew: true, maxAgeSeconds: 0 }],
])('prompt=%s, max_age=%s', (prompt, maxAge, wishes) => {
  expect(readPromptWishes(prompt, maxAge)).toEqual({ ok: true, value: wishes });
});

it.each([
  ['none login', undefined, 'prompt_malformed'],
  ['consent none', undefined, 'prompt_malformed'],
  [undefined, '-1', 'max_age_malformed'],
  [undefined, '1.5', 'max_age_malformed'],
  [undefined, 'soon', 'max_age_malformed'],
  [undefined, '1'.repeat(13), 'max_age_malformed'],
])('refuses prompt=%s, max_age=%s as %s', (prompt, maxAge, failure) => {
  expect(readPromptWishes(prompt, maxAge)).toEqual({ ok: false, failure });
});

it.each([
  ['nothing wanted', NOTHING, 900, undefined],
  ['a recent one', { ...NOTHING, maxAgeSeconds: 300 }, 900, 700],
  ['a recent one, older than time itself', { ...NOTHING, maxAgeSeconds: 5000 }, 900, 0],
  ['a new one, with none there', { ...NOTHING, signInAnew: true }, undefined, 1000],
  ['a new one, with an old one there', { ...NOTHING, signInAnew: true }, 900, 1000],
  ['a new one, with one of this second there', { ...NOTHING, signInAnew: true }, 1000, 1001],
])('since when a sign-in counts: %s', (_title, wishes, signedInAt, since) => {
  expect(earliestSignIn(wishes, signedInAt, 1000)).toBe(since);
});
