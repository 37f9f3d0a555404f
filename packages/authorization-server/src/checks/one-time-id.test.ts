import { beforeEach, expect, it } from 'vitest';
import { assertionFields, signAssertion } from '../testing/client-assertions.js';
import {
  byAssertion,
  expectIssued,
  presentAsConf,
  signIdJag,
  startAssertionServer,
  sweepAhead,
} from '../testing/identity-provider.js';
import { expectRefusal } from '../testing/test-client.js';
import type { TestServer } from '../testing/test-server.js';
import { oneTimeIdDeadAt } from './one-time-id.js';

let test: TestServer;
beforeEach(async () => {
  test = await startAssertionServer();
});

it('is dead when a clock that is behind refuses what it belongs to, seen from one that is ahead', () => {
  expect(oneTimeIdDeadAt(1000, 30)).toBe(1060);
  expect(oneTimeIdDeadAt(1000.2, 30)).toBe(1061);
});

it.each([20, 60])('XG-05 an ID-JAG is used once, though a replica %i s ahead has swept', async (secondsAhead) => {
  const assertion = await signIdJag(test);
  await expectIssued(await presentAsConf(test, assertion));
  test.clock.now += 329;
  await sweepAhead(test, secondsAhead);
  await expectRefusal(await presentAsConf(test, assertion), 400, 'invalid_grant');
  expect(test.events.at(-1)?.reason).toBe('assertion_replayed');
});

it.each([20, 60])(
  'AZ-16 an assertion of a client is used once, though a replica %i s ahead has swept',
  async (secondsAhead) => {
    const proof = assertionFields(await signAssertion(test));
    await expectIssued(await test.postForm('/token', byAssertion(await signIdJag(test), proof)));
    test.clock.now += 89;
    await sweepAhead(test, secondsAhead);
    await expectRefusal(
      await test.postForm('/token', byAssertion(await signIdJag(test), proof)),
      401,
      'invalid_client',
    );
    expect(test.events.at(-1)?.reason).toBe('client_assertion_replayed');
  },
);
