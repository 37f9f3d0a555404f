import { beforeEach, expect, it } from 'vitest';
import { createTestKeys, publishedIds, START, type TestKeys } from '../testing/test-keys.js';
import type { SigningKeys } from './signing-keys.js';

const DAY = 86_400;
const TEN_YEARS = 3650 * DAY;

let test: TestKeys;
let server: SigningKeys;
const signer = async (): Promise<string> => (await server.current()).keyId;
const told = (): unknown[] => test.events.map(({ type, reason }) => [type, reason]);

/** What a clock that is ten years ahead does when it looks whether a key is due. */
async function lookFarAhead(): Promise<void> {
  test.clock.now += TEN_YEARS;
  await test.manage().rotateIfDue();
  test.clock.now -= TEN_YEARS;
}

beforeEach(async () => {
  test = createTestKeys();
});

it('F-07 rotates on after a clock was ten years ahead once, and leaves nothing of it published', async () => {
  server = await test.startReplica();
  const first = await signer();
  await lookFarAhead();
  test.events.length = 0;

  test.clock.now = START + DAY;
  expect(await test.manage().rotateIfDue()).toMatchObject({
    outcome: 'rotated',
    key: { createdAtEpochSeconds: START + DAY + 900, signsFromEpochSeconds: START + DAY + 900, state: 'pending' },
  });
  expect(told()).toEqual([['signing_key.rotated', 'clock_was_ahead']]);
  // Published for as long as any, before it signs.
  expect(await signer()).toBe(first);
  expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  expect(await test.manage().rotate()).toMatchObject({ outcome: 'under_way' });

  test.clock.now += 900;
  const third = await signer();
  expect((await test.manage().list()).map(({ keyId, state }) => [keyId, state])).toEqual([
    [first, 'verifying'],
    [expect.any(String), 'replaced'],
    [third, 'signing'],
  ]);
  test.events.length = 0;
  test.clock.now += 30 + 600 + 30;
  await test.manage().rotateIfDue();
  expect(told()).toEqual([['signing_key.retired', 'clock_was_ahead']]);
  expect(await publishedIds(server)).toEqual([third]);

  test.clock.now = START + 91 * DAY;
  expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  test.clock.now += DAY;
  expect(await test.manage().rotateIfDue()).toMatchObject({ outcome: 'rotated' });
});

it('F-07 signs on with a first key that was made ten years ahead, until its successor is known', async () => {
  test.clock.now += TEN_YEARS;
  server = await test.startReplica();
  const first = await signer();
  test.clock.now = START;
  test.events.length = 0;
  // It cannot tell that from a clock that is behind, so whoever can is told.
  expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  expect(told()).toEqual([['signing_key.rotation_failed', 'clock_doubtful']]);
  expect(await test.manage().rotate()).toMatchObject({ outcome: 'rotated' });
  expect(await signer()).toBe(first);
  test.clock.now = START + 900;
  expect(await signer()).not.toBe(first);
});

it('F-07 makes no key where its own clock is days behind: it would end the one that signs', async () => {
  server = await test.startReplica();
  test.clock.now = START - 10 * DAY;
  expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  expect(await test.storage.signingKeys.list('default')).toHaveLength(1);
});

it('waits for a key whose time is not farther off than a day and what it is published ahead', async () => {
  server = await test.startReplica();
  await test.manage({ signing: { publishAheadSeconds: DAY } }).rotate();
  expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
});
