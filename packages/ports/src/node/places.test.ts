import { describe, expect, it } from 'vitest';
import { Places } from './places.js';

/** Of somebody who waits for as long as it takes. */
const patient = (): AbortSignal => new AbortController().signal;

/** Takes places in turn, and says which of them are served so far. */
function takeAll(places: Places, hosts: readonly string[]): readonly string[] {
  const served: string[] = [];
  for (const host of hosts) void places.take(host, patient()).then(() => served.push(host));
  return served;
}

/** Lets whoever is served go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('gives out as many places as there are, and the next to whoever has waited longest', async () => {
  const places = new Places({ total: 1, perHost: 1 });
  expect(await places.take('a', patient())).toBe(true);
  const served = takeAll(places, ['b', 'c']);
  places.leave('a');
  await settle();
  expect(served).toEqual(['b']);
  places.leave('b');
  await settle();
  expect(served).toEqual(['b', 'c']);
});

it('lets who gave up out of the line, and loses no place by it', async () => {
  const places = new Places({ total: 1, perHost: 1 });
  await places.take('a', patient());
  const leaving = new AbortController();
  const gaveUp = places.take('b', leaving.signal);
  const next = places.take('c', patient());
  leaving.abort();
  expect(await gaveUp).toBe(false);
  places.leave('a');
  expect(await next).toBe(true);
  places.leave('c');
  expect(await places.take('a', patient())).toBe(true);
});

it('gives nothing to who came too late', async () => {
  expect(await new Places({ total: 1, perHost: 1 }).take('a', AbortSignal.abort())).toBe(false);
});

describe('CI-05 one host', () => {
  it('CI-05 has so many places at once and no more, and others have the rest', async () => {
    const places = new Places({ total: 8, perHost: 2 });
    const served = takeAll(places, ['slow', 'slow', 'slow', 'slow', 'b', 'c', 'd']);
    await settle();
    expect(served).toEqual(['slow', 'slow', 'b', 'c', 'd']);
    places.leave('slow');
    await settle();
    expect(served.filter((host) => host === 'slow')).toHaveLength(3);
    // What others give back is not for it.
    places.leave('b');
    places.leave('c');
    await settle();
    expect(served.filter((host) => host === 'slow')).toHaveLength(3);
  });

  it('CI-05 with a long line keeps nobody waiting behind it', async () => {
    const places = new Places({ total: 3, perHost: 2 });
    const served = takeAll(places, ['slow', 'slow', ...Array.from({ length: 500 }, () => 'slow'), 'b', 'c', 'd']);
    await settle();
    expect(served).toEqual(['slow', 'slow', 'b']);
    places.leave('b');
    await settle();
    places.leave('c');
    await settle();
    expect(served).toEqual(['slow', 'slow', 'b', 'c', 'd']);
    // With the place free that is beyond its bound, it still gets only its own back.
    places.leave('d');
    places.leave('slow');
    await settle();
    expect(served.filter((host) => host === 'slow')).toHaveLength(3);
  });
});

it('gives out every place again, whatever the order in which they came back', async () => {
  const places = new Places({ total: 6, perHost: 2 });
  const hosts = ['a', 'b', 'c', 'a', 'b', 'c'];
  for (let round = 0; round < 50; round += 1) {
    const served = takeAll(places, [...hosts, ...hosts]);
    await settle();
    expect(served).toHaveLength(6);
    for (const host of [...hosts, ...hosts].sort(() => (round % 2) - 0.5)) {
      places.leave(host);
      await settle();
    }
    expect(served).toHaveLength(12);
  }
});
