import { weakenRsaKey } from '@portcullis/ports/testing';
import type { PublicSigningKey } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../testing/client-assertions.js';
import { createScriptedFetch, type ScriptedAnswer, type ScriptedFetch } from '../testing/scripted-fetch.js';
import { createFetchedKeys, type FetchedKeys } from './fetched-keys.js';

const ADDRESS = 'https://client.test/jwks';
const clock = { now: 0 };
let network: ScriptedFetch;
let kept: FetchedKeys;

beforeEach(() => {
  clock.now = 1_800_000_000;
  network = createScriptedFetch({ [ADDRESS]: served('a') });
  kept = createFetchedKeys(network.untrustedFetch, { nowEpochSeconds: () => clock.now });
});

function served(...kids: readonly string[]): ScriptedAnswer {
  return { json: { keys: kids.map((kid) => ({ ...KEYS.ES256.publicJwk, kid })) } };
}

/** The ids that are known, or why none are. */
async function find(kid: string, address = ADDRESS, admit?: Parameters<FetchedKeys['find']>[2]): Promise<string> {
  const found = await kept.find(address, (key: PublicSigningKey) => key.keyId === kid, admit);
  if (found.ok) return found.value.map(({ keyId }) => keyId).join();
  return `failed: ${typeof found.failure === 'string' ? found.failure : found.failure.rule}`;
}

it('fetches within its limits, and then remembers', async () => {
  expect(await find('a')).toBe('a');
  expect(await find('a')).toBe('a');
  expect(network.requests).toEqual([
    {
      url: ADDRESS,
      headers: { accept: 'application/jwk-set+json, application/json' },
      maxBytes: 65_536,
      timeoutMilliseconds: 5000,
    },
  ]);
});

it('fetches once for all who wait', async () => {
  expect(await Promise.all([find('a'), find('a'), find('other')])).toEqual(['a', 'a', 'a']);
  expect(network.requests).toHaveLength(1);
});

it('fetches again for a key that is not there, no more often than every 30 s', async () => {
  await find('a');
  network.answers.set(ADDRESS, served('a', 'b'));
  for (let index = 0; index < 50; index += 1) expect(await find(`x${index}`)).toBe('a');
  expect(network.requests).toHaveLength(1);
  clock.now += 29;
  expect(await find('b')).toBe('a');
  clock.now += 1;
  expect(await find('b')).toBe('a,b');
  expect(network.requests).toHaveLength(2);
});

it('sees within 10 minutes that a key was taken back', async () => {
  await find('a');
  network.answers.set(ADDRESS, served());
  clock.now += 599;
  expect(await find('a')).toBe('a');
  clock.now += 1;
  expect(await find('a')).toBe('');
});

describe('an address that fails', () => {
  it('is tried every 30 s, while the last good set counts for a day', async () => {
    await find('a');
    network.answers.set(ADDRESS, { failure: 'timed_out' });
    clock.now += 600;
    expect(await find('a')).toBe('a');
    expect(await find('a')).toBe('a');
    expect(network.requests).toHaveLength(2);
    clock.now += 86_400 - 601;
    expect(await find('a')).toBe('a');
    clock.now += 1;
    expect(await find('a')).toBe('failed: timed_out');
    network.answers.set(ADDRESS, served('b'));
    expect(await find('b')).toBe('failed: timed_out');
    clock.now += 30;
    expect(await find('b')).toBe('b');
  });

  it.each<[string, ScriptedAnswer, string]>([
    ['a redirect', { status: 302 }, 'status_302'],
    ['not found', { status: 404 }, 'status_404'],
    ['no JSON', { status: 200, text: '<html>' }, 'no_jwk_set'],
    ['a repeated member', { status: 200, text: '{"keys":[],"keys":[]}' }, 'no_jwk_set'],
    ['a depth of 1000', { status: 200, text: '['.repeat(1000) + ']'.repeat(1000) }, 'no_jwk_set'],
    ['a list', { json: [] }, 'no_jwk_set'],
    ['keys that are no list', { json: { keys: {} } }, 'no_jwk_set'],
    ['keys that are no objects', { json: { keys: ['a'] } }, 'no_jwk_set'],
    ['more keys than are read', { json: { keys: Array(51).fill(KEYS.ES256.publicJwk) } }, 'no_jwk_set'],
    ['a refused address', { failure: 'address_refused' }, 'address_refused'],
    ['more bytes than are read', { failure: 'too_large' }, 'too_large'],
  ])('keeps nothing of %s', async (_title, answer, failure) => {
    network.answers.set(ADDRESS, answer);
    expect(await find('a')).toBe(`failed: ${failure}`);
    network.answers.set(ADDRESS, served('a'));
    expect(await find('a')).toBe(`failed: ${failure}`);
    clock.now += 30;
    expect(await find('a')).toBe('a');
  });

  it('holds nobody up when the fetch itself breaks', async () => {
    kept = createFetchedKeys(() => Promise.reject(new Error('broken')), { nowEpochSeconds: () => clock.now });
    expect(await find('a')).toBe('failed: fetch_broke');
  });

  it('is tried again when the clock was set back', async () => {
    network.answers.set(ADDRESS, { failure: 'not_connected' });
    await find('a');
    clock.now -= 3600;
    network.answers.set(ADDRESS, served('a'));
    expect(await find('a')).toBe('a');
  });
});

it('keeps public keys for signatures alone', async () => {
  const { publicJwk } = KEYS.ES256;
  const keys = [
    { ...KEYS.ES256.privateJwk, kid: 'private' },
    { kty: 'oct', k: 'AAAA', kid: 'symmetric' },
    { ...publicJwk, use: 'enc', kid: 'encryption' },
    { ...publicJwk, key_ops: ['encrypt'], kid: 'operations' },
    { ...publicJwk, crv: 'P-384', kid: 'curve' },
    { ...publicJwk, alg: 'ES512', kid: 'algorithm' },
    { ...publicJwk, kid: 7 },
    ...weakenRsaKey({ ...KEYS.RS256.publicJwk, kid: 'good' }).map(([, weak]) => weak),
    { ...publicJwk, kid: 'good' },
  ];
  network.answers.set(ADDRESS, { json: { keys } });
  expect(await find('good')).toBe('good');
});

it('forgets the address that was asked for longest ago, beyond 500', async () => {
  await find('a');
  for (let index = 0; index < 499; index += 1) await find('a', `https://client.test/${index}`);
  await find('a');
  expect(network.requests).toHaveLength(500);
  await find('a', 'https://client.test/one-more');
  await find('a');
  expect(network.requests).toHaveLength(501);
  await find('a', 'https://client.test/0');
  expect(network.requests).toHaveLength(502);
});

it('never fetches an address a second time at once, however many others are named meanwhile', async () => {
  const first = find('a');
  const others = Array.from({ length: 600 }, (_, index) => find('a', `https://client.test/${index}`));
  expect(await Promise.all([first, find('a')])).toEqual(['a', 'a']);
  expect(network.requests.filter(({ url }) => url === ADDRESS)).toHaveLength(1);
  await Promise.all(others);
  expect(network.requests).toHaveLength(601);
});

describe('GW-17 a fetch that is counted', () => {
  const over = { reason: 'rate_limited', rule: 'over', retryAfterSeconds: 7 } as const;
  let counted: number;
  const admitted = async () => {
    counted += 1;
    return undefined;
  };
  const forbidden = async () => over;
  beforeEach(() => {
    counted = 0;
  });

  it('is counted once for all who wait, and not at all where there is nothing to fetch', async () => {
    const waiting = [find('a', ADDRESS, admitted), find('a', ADDRESS, admitted)];
    expect(await Promise.all(waiting)).toEqual(['a', 'a']);
    await find('a', ADDRESS, admitted);
    await find('other', ADDRESS, admitted);
    expect(counted).toBe(1);
  });

  it('does not begin when it is forbidden, nor is that held against the next one', async () => {
    expect(await find('a', ADDRESS, forbidden)).toBe('failed: over');
    expect(network.requests).toEqual([]);
    expect(await find('a', ADDRESS, admitted)).toBe('a');
    expect(await find('a', ADDRESS, forbidden)).toBe('a');
  });

  it('begins for who waited for one that was forbidden to somebody else', async () => {
    const answers = [forbidden, admitted, admitted, forbidden].map((admit) => find('a', ADDRESS, admit));
    expect(await Promise.all(answers)).toEqual(['failed: over', 'a', 'a', 'a']);
    expect(network.requests).toHaveLength(1);
  });

  it('is needed for a key that may have been taken back: no limit lets it live on', async () => {
    await find('a', ADDRESS, admitted);
    network.answers.set(ADDRESS, served());
    clock.now += 600;
    expect(await find('a', ADDRESS, forbidden)).toBe('failed: over');
  });

  it('holds nobody up when the count itself breaks', async () => {
    const broken = () => Promise.reject(new Error('no limiter'));
    await expect(find('a', ADDRESS, broken)).rejects.toThrow('no limiter');
    expect(await find('a')).toBe('a');
  });

  it('is one of as many at once as there may be', async () => {
    kept = createFetchedKeys(network.untrustedFetch, { nowEpochSeconds: () => clock.now }, 2);
    const address = (index: number) => `https://client.test/${index}`;
    const answers = [0, 1, 2, 1].map((index) => find('a', address(index), admitted));
    const unreachable = 'failed: not_connected';
    expect(await Promise.all(answers)).toEqual([unreachable, unreachable, 'failed: client_keys_at_once', unreachable]);
    expect(counted).toBe(2);
    expect(await find('a', address(2), admitted)).toBe(unreachable);
  });
});
