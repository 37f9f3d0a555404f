import type { StoredSigningKey } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { endOfPredecessor, fallbackKeys, lastKey, publishedKeys, signingKey, stateOfKey } from './key-timeline.js';

const NOW = 1_800_000_000;
const LIFETIMES = { accessTokenSeconds: 600, clockToleranceSeconds: 30 };

/** A key by seconds from `NOW`: when it was made, from when it signs, when it ends. */
function key(keyId: string, made: number, signsFrom: number, end?: number): StoredSigningKey {
  return {
    tenantId: 'default',
    keyId,
    algorithm: 'ES256',
    publicJwk: '{}',
    keyReference: '',
    createdAtEpochSeconds: NOW + made,
    signsFromEpochSeconds: NOW + signsFrom,
    verifiesUntilEpochSeconds: end === undefined ? undefined : NOW + end,
  };
}

const states = (keys: readonly StoredSigningKey[], at: number): Record<string, string> =>
  Object.fromEntries(keys.map((one) => [one.keyId, stateOfKey(one, keys, NOW + at)]));
/** The key that signs, then those that stand in for it. */
const signers = (keys: readonly StoredSigningKey[], at: number): readonly (string | undefined)[] =>
  [signingKey(keys, NOW + at), ...fallbackKeys(keys, NOW + at, LIFETIMES)].map((one) => one?.keyId);

it('knows a key that is alone', () => {
  const keys = [key('a', 0, 0)];
  expect(states(keys, 0)).toEqual({ a: 'signing' });
  expect(lastKey(keys)?.keyId).toBe('a');
  expect(lastKey([])).toBeUndefined();
});

it('publishes a successor before it signs, and the predecessor after it signed', () => {
  const keys = [key('a', -1000, -1000, 1560), key('b', 0, 900)];
  expect(states(keys, 899)).toEqual({ a: 'signing', b: 'pending' });
  expect(states(keys, 900)).toEqual({ a: 'verifying', b: 'signing' });
  expect(states(keys, 1559)).toEqual({ a: 'verifying', b: 'signing' });
  expect(states(keys, 1560)).toEqual({ a: 'ended', b: 'signing' });
  expect(publishedKeys(keys, NOW + 1559)).toHaveLength(2);
  expect(publishedKeys(keys, NOW + 1560)).toEqual([keys[1]]);
  expect(lastKey(keys)?.keyId).toBe('b');
});

it('gives each of two successors in a row its turn', () => {
  const keys = [key('a', -1000, -1000, 1560), key('b', 0, 900, 1660), key('c', 100, 1000)];
  expect(states(keys, 899)).toEqual({ a: 'signing', b: 'pending', c: 'pending' });
  expect(states(keys, 900)).toEqual({ a: 'verifying', b: 'signing', c: 'pending' });
  expect(states(keys, 1000)).toEqual({ a: 'verifying', b: 'verifying', c: 'signing' });
});

describe('a key that took over at once', () => {
  // `b` was to sign from 900 on; `c` took over at 800; `d` follows it from 1900 on.
  const keys = [key('a', -1000, -1000, 1560), key('b', 0, 900, 1460), key('c', 800, 800, 2560), key('d', 1000, 1900)];

  it('signs although one made before it has a later time', () => {
    const [a, b, c] = keys;
    const before = [a, b, { ...c, verifiesUntilEpochSeconds: undefined }] as StoredSigningKey[];
    expect(states(before, 800)).toEqual({ a: 'verifying', b: 'replaced', c: 'signing' });
    expect(states(before, 900)).toEqual({ a: 'verifying', b: 'replaced', c: 'signing' });
    expect(states(before, 1460)).toEqual({ a: 'verifying', b: 'ended', c: 'signing' });
  });

  it('signs until its successor does, whatever was made before', () => {
    expect(signers(keys, 1000)).toEqual(['c']);
    expect(signers(keys, 1899)).toEqual(['c']);
    expect(signers(keys, 1900)).toEqual(['d', 'c']);
  });
});

describe('a key that stands in for one that does not open', () => {
  it('does so until a token it signs would outlive it: half a minute after its successor signs', () => {
    const keys = [key('a', -1000, -1000, 1560), key('b', 0, 900)];
    expect(endOfPredecessor(NOW + 900, LIFETIMES)).toBe(NOW + 1560);
    expect(signers(keys, 899)).toEqual(['a']);
    expect(signers(keys, 930)).toEqual(['b', 'a']);
    expect(signers(keys, 931)).toEqual(['b']);
  });

  it('is the last made of several, and none whose time has not come', () => {
    const keys = [key('a', -1000, -1000, 1560), key('b', 0, 100, 1460), key('c', 50, 800), key('d', 60, 2000)];
    expect(signers(keys, 820)).toEqual(['c', 'b', 'a']);
    expect(signers(keys, 831)).toEqual(['c', 'a']);
  });
});

it('has no signer that has ended', () => {
  expect(signers([key('a', -10, -10, 0), key('b', -5, -5)], 0)).toEqual(['b']);
  expect(signers([key('a', -10, -10, 0)], 0)).toEqual([undefined]);
});

it('F-07 signs on when the clock was set back to before every key', () => {
  const keys = [key('b', 0, 900), key('a', -1000, -1000, 1560)];
  expect(signers(keys, -5000)).toEqual(['a']);
  expect(states(keys, -5000)).toEqual({ a: 'signing', b: 'pending' });
});

it('ends a predecessor when its last access token is dead: reloaded late, lived long, judged by a slow clock', () => {
  expect(endOfPredecessor(NOW, LIFETIMES)).toBe(NOW + 30 + 600 + 30);
});
