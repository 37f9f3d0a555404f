import { expect, it } from 'vitest';
import { RecentMap } from './recent-map.js';

it('keeps what was asked for last, and makes the rest anew', () => {
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
