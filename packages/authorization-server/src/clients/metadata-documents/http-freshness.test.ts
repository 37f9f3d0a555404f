import { describe, expect, it } from 'vitest';
import { readHttpFreshness } from './http-freshness.js';

const NOW = Date.parse('Tue, 24 Nov 2026 10:00:00 GMT') / 1000;
const read = (headers: Record<string, string>) => readHttpFreshness(new Headers(headers), NOW);

describe('readHttpFreshness (RFC 9111)', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['nothing', {}, undefined],
    ['max-age', { 'cache-control': 'max-age=60' }, 60],
    ['max-age in another case, among others', { 'cache-control': 'public, MAX-AGE = 60 , must-revalidate' }, 60],
    ['max-age in quotes', { 'cache-control': 'max-age="60"' }, 60],
    ['max-age of ten years', { 'cache-control': 'max-age=315360000' }, 86_400],
    ['max-age beyond any number', { 'cache-control': `max-age=${'9'.repeat(400)}` }, 86_400],
    ['max-age of 0', { 'cache-control': 'max-age=0' }, 0],
    ['a negative max-age', { 'cache-control': 'max-age=-1' }, 0],
    ['max-age that is no number', { 'cache-control': 'max-age=soon' }, 0],
    ['max-age without a value', { 'cache-control': 'max-age' }, 0],
    ['max-age twice', { 'cache-control': 'max-age=60, max-age=3600' }, 0],
    ['max-age before Expires', { 'cache-control': 'max-age=60', expires: 'Wed, 25 Nov 2026 10:00:00 GMT' }, 60],
    ['s-maxage, which is not for us', { 'cache-control': 's-maxage=60' }, undefined],
    ['a directive that only quotes max-age', { 'cache-control': 'x="max-age=60, y"' }, undefined],
    ['max-age less Age', { 'cache-control': 'max-age=60', age: '50' }, 10],
    ['an Age beyond max-age', { 'cache-control': 'max-age=60', age: '90' }, 0],
    ['an Age that is no number', { 'cache-control': 'max-age=60', age: 'old' }, 60],
    ['no-cache', { 'cache-control': 'no-cache, max-age=60' }, 0],
    ['no-cache for one header', { 'cache-control': 'no-cache="set-cookie, x", max-age=60' }, 0],
    ['Expires', { expires: 'Tue, 24 Nov 2026 10:02:00 GMT' }, 120],
    [
      'Expires counted from Date',
      { expires: 'Tue, 24 Nov 2026 10:02:00 GMT', date: 'Tue, 24 Nov 2026 10:01:00 GMT' },
      60,
    ],
    ['Expires in the past', { expires: 'Tue, 24 Nov 2026 09:00:00 GMT' }, 0],
    ['Expires in ten years', { expires: 'Mon, 24 Nov 2036 10:00:00 GMT' }, 86_400],
    ['Expires that is no date', { expires: '0' }, 0],
  ])('CI-07 with %s', (_title, headers, lifetimeSeconds) => {
    expect(read(headers)).toEqual({ mayBeKept: true, lifetimeSeconds });
  });

  it.each(['no-store', 'No-Store', 'max-age=60, no-store', 'no-store, no-cache'])('CI-07 honours %s', (value) => {
    expect(read({ 'cache-control': value })).toEqual({ mayBeKept: false, lifetimeSeconds: 0 });
  });
});
