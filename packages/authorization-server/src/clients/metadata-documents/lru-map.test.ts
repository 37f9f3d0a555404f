import { expect, it } from 'vitest';
import { LruMap } from './lru-map.js';

it('CI-07 holds no more than its limit, and forgets what was used longest ago', () => {
  const map = new LruMap<number, string>(1000);
  for (let key = 0; key < 10_000; key += 1) {
    map.set(key, `value ${key}`);
    map.get(0);
  }
  expect(map.size).toBe(1000);
  expect(map.get(0)).toBe('value 0');
  expect(map.get(9000)).toBeUndefined();
  expect(map.get(9001)).toBe('value 9001');
});

it('replaces a value in its place, and deletes', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('a', 2);
  map.set('b', 3);
  expect([map.size, map.get('a'), map.get('b')]).toEqual([2, 2, 3]);
  map.delete('a');
  expect([map.size, map.get('a')]).toEqual([1, undefined]);
});
