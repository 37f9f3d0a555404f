import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokenClient, withParts } from './testing/judge/break-client.js';
import { BROKEN_AT_PLACES } from './testing/judge/broken-at-places.js';
import { BROKEN_AT_SIGN_IN } from './testing/judge/broken-at-sign-in.js';
import { BROKEN_LIFETIMES } from './testing/judge/broken-lifetimes.js';
import { FINDINGS } from './testing/judge/findings.js';
import { judge } from './testing/judge/judge.js';
import { shippedClient } from './testing/judge/judged-client.js';
import { startWorld, type World } from './testing/judge/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('CL-01 to CL-11: there is nothing to find', () => {
  it('in the client as it is shipped', async () => {
    expect(await judge(world, shippedClient, ['signIn', 'places', 'lifetimes'])).toEqual([]);
  });

  it('in the parts that the broken ones are made from', async () => {
    expect(
      await judge(
        world,
        withParts((parts) => parts),
        ['signIn', 'places', 'lifetimes'],
      ),
    ).toEqual([]);
  });
});

const rowsOf = (clients: readonly BrokenClient[]) =>
  clients.map(({ what, finding, start }) => [what, finding, start] as const);

describe('what there is to find in a client that', () => {
  it.each(rowsOf(BROKEN_AT_SIGN_IN))('%s: %s, and nothing else', async (_what, finding, start) => {
    expect(await judge(world, start, ['signIn'])).toEqual([finding]);
  });

  it.each(rowsOf(BROKEN_AT_PLACES))('%s: %s, and nothing else', async (_what, finding, start) => {
    expect(await judge(world, start, ['places'])).toEqual([finding]);
  });

  it.each(rowsOf(BROKEN_LIFETIMES))('%s: %s, and nothing else', async (_what, finding, start) => {
    expect(await judge(world, start, ['lifetimes'])).toEqual([finding]);
  });

  it('has an example for everything that can be found', () => {
    const examples = [...BROKEN_AT_SIGN_IN, ...BROKEN_AT_PLACES, ...BROKEN_LIFETIMES];
    const found = new Set(examples.map(({ finding }) => finding));
    expect([...found].sort()).toEqual(Object.keys(FINDINGS).sort());
  });
});
