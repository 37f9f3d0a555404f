import { expect, it } from 'vitest';
import { ago, day } from './time-wording.js';

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;

it.each([
  [0, 'just now'],
  [-5, 'just now'],
  [59, 'just now'],
  [60, '1 minute ago'],
  [3599, '59 minutes ago'],
  [3600, '1 hour ago'],
  [86_399, '23 hours ago'],
  [86_400, '1 day ago'],
  [30 * 86_400 - 1, '29 days ago'],
  [30 * 86_400, '25 October 2026'],
])('%d seconds back is said as "%s"', (seconds, words) => {
  expect(ago(NOW - seconds, NOW).toString()).toContain(`>${words}</time>`);
});

it('names a day, and the moment for machines', () => {
  expect(day(NOW).toString()).toBe('<time datetime="2026-11-24T12:00:00.000Z">24 November 2026</time>');
});
