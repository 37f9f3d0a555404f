import { expect, it } from 'vitest';
import { RecentMap } from './recent-map.js';

it('CI-07 holds no more than its limit, and forgets what was used longest ago', () => {
  const map = new RecentMap<number>(1000);
  for (let index = 0; index < 10_000; index += 1) {
    map.set(`key ${index}`, index);
    map.get('key 0');
  }
  expect(map.size).toBe(1000);
  expect(map.get('key 0')).toBe(0);
  expect(map.get('key 9000')).toBeUndefined();
  expect(map.get('key 9001')).toBe(9001);
});

it('replaces a value in its place, and deletes', () => {
  const map = new RecentMap<number>(2);
  map.set('a', 1);
  map.set('a', 2);
  map.set('b', 3);
  expect([map.size, map.get('a'), map.get('b')]).toEqual([2, 2, 3]);
  map.delete('a');
  expect([map.size, map.get('a')]).toEqual([1, undefined]);
});

it('recalls what was asked for last, and makes the rest anew', () => {
  const map = new RecentMap<string>(2);
  let made = 0;
  const recall = (key: string): string =>
    map.recall(key, () => {
      made += 1;
      return `${key}${made}`;
    });
  expect([recall('a'), recall('b'), recall('a'), recall('c')]).toEqual(['a1', 'b2', 'a1', 'c3']);
  expect([recall('a'), recall('b')]).toEqual(['a1', 'b4']);
});

it('forgets nothing that is held, nor what has just come, and shrinks once it may', () => {
  const held = new Set(['a', 'b']);
  const map = new RecentMap<string>(2, (value) => held.has(value));
  for (const key of ['a', 'b', 'c']) map.set(key, key);
  expect([map.size, map.get('c')]).toEqual([3, 'c']);
  map.set('d', 'd');
  expect([map.size, map.get('c')]).toEqual([3, undefined]);
  held.clear();
  map.set('e', 'e');
  expect(['a', 'b', 'd', 'e'].map((key) => map.get(key))).toEqual([undefined, undefined, 'd', 'e']);
});
