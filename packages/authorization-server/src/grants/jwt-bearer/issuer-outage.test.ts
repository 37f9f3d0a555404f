import { createBoundedFetch } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { proofHeader } from '../../testing/dpop-proofs.js';
import { ISSUER } from '../../testing/fixtures.js';
import {
  byAssertion,
  expectIssued,
  ISSUER_KEYS,
  type JwtChanges,
  platform,
  presentAsConf,
  provider,
  rowsOf,
  signIdJag,
  signWorkloadToken,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { type IssuerHost, startIssuerHost } from '../../testing/issuer-host.js';
import { expectRefusal } from '../../testing/test-client.js';
import type { TestServer } from '../../testing/test-server.js';

// An issuer whose keys cannot be had: nothing is judged, and whoever came is to come again.

const SET = { keys: Object.values(ISSUER_KEYS).map(({ publicJwk }) => publicJwk) };
let test: TestServer;
let host: IssuerHost;

beforeAll(async () => {
  host = await startIssuerHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  host.asked.length = 0;
  host.serve('/jwks', 500);
  const jwksUri = `${host.origin}/jwks`;
  const assertionIssuers = [provider, platform].map(({ jwks: _inline, ...issuer }) => ({ ...issuer, jwksUri }));
  const configuredFetch = createBoundedFetch(fetch);
  test = await startAssertionServer({ assertionIssuers }, createMemoryStorage(), { configuredFetch });
});

const asWorkload = (assertion: string) => test.postForm('/token', byAssertion(assertion));
const KINDS = [
  {
    title: 'an identity provider',
    issuer: provider.issuer,
    sign: (changes?: JwtChanges) => signIdJag(test, changes),
    present: (assertion: string) => presentAsConf(test, assertion),
  },
  {
    title: 'a platform of workloads',
    issuer: platform.issuer,
    sign: (changes?: JwtChanges) => signWorkloadToken(test, changes),
    present: asWorkload,
  },
];

describe.each(KINDS)('the keys of $title cannot be had', ({ issuer, sign, present }) => {
  async function expectOutage(assertion: string, detail: string): Promise<void> {
    const before = await rowsOf(test);
    const response = await present(assertion);
    expect(response.headers.get('retry-after')).toBe('5');
    await expectRefusal(response, 503, 'temporarily_unavailable');
    const reason = 'assertion_keys_unavailable';
    const event = { type: 'token.refused', outcome: 'failed', reason, detail: `${issuer} ${detail}` };
    expect(test.events.at(-1)).toMatchObject(event);
    expect(await rowsOf(test)).toEqual(before);
  }

  it.each<[string, object | string | number | null, string]>([
    ['an error', 500, 'status_500'],
    ['nothing', null, 'not_reached'],
    ['no set of keys', '<html>', 'no_jwk_set'],
  ])('F-05 is answered with 503 for %s, and the same assertion is good when they are there', async (...outage) => {
    const [, answer, detail] = outage;
    host.serve('/jwks', answer);
    const assertion = await sign();
    await expectOutage(assertion, detail);
    host.serve('/jwks', SET);
    test.clock.now += 5;
    await expectIssued(await present(assertion));
  });

  it('F-05 goes by the last good set as far as that goes: a key that it lacks may be a new one', async () => {
    host.serve('/jwks', SET);
    await expectIssued(await present(await sign()));
    host.serve('/jwks', 503);
    test.clock.now += 5;
    await expectIssued(await present(await sign()));
    await expectOutage(await sign({ header: { kid: 'made-since' } }), 'status_503');
  });

  it('XG-04 refuses an unknown key where they can be had', async () => {
    host.serve('/jwks', SET);
    await expectRefusal(await present(await sign({ header: { kid: 'unknown' } })), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'assertion_key_unknown' });
  });

  it('XG-01 refuses what is wrong without a key, as where they can be had', async () => {
    const { now } = test.clock;
    await test.storage.assertionIssuers.disable(
      'default',
      issuer,
      [],
      { now, markLifetimeSeconds: 630 },
      {
        type: 'assertion_issuer.disabled',
        outcome: 'allowed',
        tenantId: 'default',
        occurredAtEpochSeconds: now,
      },
    );
    await expectRefusal(await present(await sign()), 400, 'invalid_grant');
    await test.storage.assertionIssuers.enable('default', issuer, {
      type: 'assertion_issuer.enabled',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: now,
    });
    for (const claims of [{ exp: now - 30 }, { aud: `${ISSUER}/` }, { iss: 'https://unknown.test' }]) {
      await expectRefusal(await present(await sign({ claims })), 400, 'invalid_grant');
    }
    expect(host.asked).toEqual([]);
  });
});

it('XG-01 a stranger with the word of an identity provider that is down is asked for a client first, as ever', async () => {
  const assertion = await signIdJag(test);
  const whileDown = await asWorkload(assertion);
  host.serve('/jwks', SET);
  test.clock.now += 5;
  const whileUp = await asWorkload(assertion);
  expect(await whileDown.clone().text()).toBe(await whileUp.text());
  await expectRefusal(whileDown, 401, 'invalid_client');
});

it('F-05 an outage uses up no proof of possession', async () => {
  const assertion = await signWorkloadToken(test);
  const proof = await proofHeader(test);
  const present = () => test.postForm('/token', byAssertion(assertion), proof);
  await expectRefusal(await present(), 503, 'temporarily_unavailable');
  host.serve('/jwks', SET);
  test.clock.now += 5;
  expect(await (await present()).json()).toMatchObject({ token_type: 'DPoP' });
});
