import { describe, expect, it } from 'vitest';
import { median, medianRatio } from './statistics.js';

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('medianRatio', () => {
  it('holds each value against the control of its own round', () => {
    expect(medianRatio([20, 40, 300], [10, 20, 150])).toBe(2);
  });
});
