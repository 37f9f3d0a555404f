import { expect, it } from 'vitest';
import { findPlaceInQueue } from './approval-queue.js';

const waiting = (...clientIds: readonly string[]) =>
  clientIds.map((clientId, index) => ({ clientId, requestedAtEpochSeconds: index }));

it('has a place while there is room', () => {
  const limits = { total: 2, perHost: 1 };
  expect(findPlaceInQueue([], 'https://a.test/1', limits)).toEqual({ place: 'free' });
  expect(findPlaceInQueue(waiting('https://b.test/1'), 'https://a.test/1', limits)).toEqual({ place: 'free' });
});

it.each(['https://a.test/2', 'https://a.test:8443/2', 'https://A.test/2', 'https://a.test'])(
  'CI-07 takes %s for one more of the host that has its share',
  (clientId) => {
    const limits = { total: 9, perHost: 1 };
    expect(findPlaceInQueue(waiting('https://a.test/1'), clientId, limits)).toEqual({ place: 'none' });
  },
);

it.each([
  ['https://b.a.test/1', 'https://a.test.b/1'],
  ['no URL', 'nor this'],
  ['urn:a', 'urn:b'],
])('takes %s and %s for those of two hosts', (one, other) => {
  expect(findPlaceInQueue(waiting(one, 'https://a.test/1'), other, { total: 9, perHost: 1 })).toEqual({
    place: 'free',
  });
});

it('has no place where there is room for nobody', () => {
  expect(findPlaceInQueue([], 'https://a.test/1', { total: 0, perHost: 1 })).toEqual({ place: 'none' });
});

it('never gives up the only one of a host for one of a crowd that names ever more hosts with two each', () => {
  const limits = { total: 9, perHost: 5 };
  const crowd = ['c0', 'c0', 'c1', 'c1', 'c2', 'c2', 'c3', 'c3'].map((host, index) => `https://${host}.test/${index}`);
  const queue = waiting('https://honest.test/1', ...crowd);
  expect(findPlaceInQueue(queue, 'https://c4.test/1', limits)).toEqual({
    place: 'of_another',
    clientId: 'https://c0.test/0',
  });
});
