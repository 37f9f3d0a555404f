import { beforeEach, expect, it } from 'vitest';
import { OAuthClientError, type OAuthClientErrorCode } from '../oauth-client-error.js';
import { createMemoryStore } from './memory-store.js';
import type { StartedSignIn } from './sign-in-record.js';
import { createSignInRecords, MAX_SIGN_IN_SECONDS, MAX_SIGN_INS, type SignInRecords } from './sign-in-records.js';

const BEGAN = 1_800_000_000;
const signIn = (state: string, startedAtEpochSeconds = BEGAN): StartedSignIn => ({
  place: { issuer: 'https://as.example', resource: 'https://mcp.example/mcp', isLegacy: false },
  state,
  codeVerifier: `verifier of ${state}`,
  clientId: 'c',
  redirectUri: 'https://app.example/back',
  scopes: [],
  startedAtEpochSeconds,
});

let unreadable: OAuthClientErrorCode | undefined;
let records: SignInRecords;
beforeEach(() => {
  unreadable = undefined;
  const store = createMemoryStore();
  const load: typeof store.load = async (key) => {
    if (unreadable !== undefined) throw new OAuthClientError(unreadable, 'It cannot be read.');
    return store.load(key);
  };
  records = createSignInRecords({ ...store, load }, new URL('https://mcp.example/mcp'), 'default');
});

it('CL-05 several wait at once, each is found by its state, and each is taken once', async () => {
  for (const state of ['one', 'two', 'three']) await records.saveSignIn(signIn(state));
  expect(await records.loadSignIn('one')).toEqual(signIn('one'));
  expect(await Promise.all(['two', 'two', 'four'].map((state) => records.takeSignIn(state)))).toEqual([
    true,
    false,
    false,
  ]);
  expect(await records.loadSignIn('two')).toBeUndefined();
  expect(await records.takeSignIn('one')).toBe(true);
  expect(await records.loadSignIn('three')).toEqual(signIn('three'));
  await records.removeSignIns();
  expect(await records.loadSignIn('three')).toBeUndefined();
});

it('those that began at the same time are all kept', async () => {
  const states = Array.from({ length: MAX_SIGN_INS }, (_, index) => `state ${index}`);
  await Promise.all(states.map((state) => records.saveSignIn(signIn(state))));
  for (const state of states) expect(await records.loadSignIn(state)).toBeDefined();
});

it('the oldest gives way where there are too many', async () => {
  for (let index = 0; index <= MAX_SIGN_INS; index += 1) await records.saveSignIn(signIn(`state ${index}`));
  expect(await records.loadSignIn('state 0')).toBeUndefined();
  expect(await records.loadSignIn('state 1')).toBeDefined();
  expect(await records.loadSignIn(`state ${MAX_SIGN_INS}`)).toBeDefined();
});

it('those whose time is over are forgotten when another one begins', async () => {
  await records.saveSignIn(signIn('over'));
  await records.saveSignIn(signIn('last second', BEGAN + 1));
  await records.saveSignIn(signIn('new', BEGAN + 1 + MAX_SIGN_IN_SECONDS));
  expect(await records.loadSignIn('over')).toBeUndefined();
  expect(await records.loadSignIn('last second')).toBeDefined();
});

it('one begins where a key that is gone has shut the others in, and none where the store fails', async () => {
  await records.saveSignIn(signIn('shut in'));
  unreadable = 'store_locked';
  await expect(records.loadSignIn('shut in')).rejects.toMatchObject({ code: 'store_locked' });
  await records.saveSignIn(signIn('new'));
  unreadable = 'store_failed';
  await expect(records.saveSignIn(signIn('none'))).rejects.toMatchObject({ code: 'store_failed' });
  unreadable = undefined;
  expect(await records.loadSignIn('new')).toEqual(signIn('new'));
});
