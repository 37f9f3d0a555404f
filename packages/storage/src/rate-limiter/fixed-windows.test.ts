import { expect, it } from 'vitest';
import { FixedWindows } from './fixed-windows.js';

it('starts a window with the first that is taken, and anew once it has ended', () => {
  const windows = new FixedWindows(60_000);
  expect(windows.find('alice', 1000)).toBeUndefined();
  expect(windows.take('alice', 1000)).toEqual({ endsMilliseconds: 61_000, taken: 1 });
  expect(windows.take('alice', 60_999)).toEqual({ endsMilliseconds: 61_000, taken: 2 });
  expect(windows.take('alice', 61_000)).toEqual({ endsMilliseconds: 121_000, taken: 1 });
});

it('holds no more than the windows that have not ended, whoever looks', () => {
  const windows = new FixedWindows(60_000);
  for (let second = 0; second < 60; second += 1) windows.take(`stranger ${second}`, second * 1000);
  expect(windows.size).toBe(60);
  expect(windows.find('nobody', 69_999)).toBeUndefined();
  expect(windows.size).toBe(50);
  windows.take('stranger 59', 118_999);
  expect(windows.size).toBe(1);
});
