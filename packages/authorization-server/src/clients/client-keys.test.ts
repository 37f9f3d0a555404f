import type { UntrustedFetch } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { expect, it } from 'vitest';
import { resolveSettings } from '../settings.js';
import { conf, jwksOf, KEYS } from '../testing/client-assertions.js';
import { ISSUER } from '../testing/fixtures.js';
import { createScriptedFetch } from '../testing/scripted-fetch.js';
import { createClientKeys } from './client-keys.js';

const settings = resolveSettings({ tenantId: 'default', issuer: ISSUER }, { platform: nodePlatform });
const context = { network: '192.0.2.1' };
/** Keys behind a limiter that always has a point, as those here are not about it. */
const keysBehind = (untrustedFetch?: UntrustedFetch) =>
  createClientKeys(
    {
      platform: nodePlatform,
      rateLimiter: {
        consume: async () => ({ allowed: true }),
        peek: async () => ({ allowed: true }),
        giveBack: async () => {},
      },
      ...(untrustedFetch === undefined ? {} : { untrustedFetch }),
    },
    settings,
  );

const ADDRESS = 'https://client.test/jwks';
const byAddress = { ...conf, jwks: undefined, jwksUri: ADDRESS };
const wanted = { algorithm: 'ES256', keyId: 'es' } as const;

it('finds the keys of the algorithm, wherever they are', async () => {
  const network = createScriptedFetch({ [ADDRESS]: { json: JSON.parse(conf.jwks ?? '') } });
  const clientKeys = keysBehind(network.untrustedFetch);
  for (const client of [conf, byAddress]) {
    const named = await clientKeys.find(client, wanted, context);
    expect(named).toMatchObject({ ok: true, value: [{ keyId: 'es', algorithms: ['ES256'] }] });
    const unnamed = await clientKeys.find(client, { algorithm: 'RS256', keyId: undefined }, context);
    expect(unnamed).toMatchObject({ ok: true, value: [{ keyId: 'rs' }, { keyId: 'ps' }] });
    expect(await clientKeys.find(client, { algorithm: 'RS256', keyId: 'es' }, context)).toEqual({
      ok: true,
      value: [],
    });
  }
});

it('has no keys at an address without an untrustedFetch, and says so in the trail alone', async () => {
  const clientKeys = keysBehind();
  const failure = { reason: 'client_keys_unavailable', detail: 'no_untrusted_fetch' };
  expect(await clientKeys.find(byAddress, wanted, context)).toEqual({ ok: false, failure });
  const none = { ...conf, jwks: undefined };
  expect(await clientKeys.find(none, wanted, context)).toMatchObject({ ok: false, failure: { detail: 'no_keys' } });
  const broken = { ...conf, jwks: '{' };
  expect(await clientKeys.find(broken, wanted, context)).toEqual({ ok: true, value: [] });
});

it('keeps what it knows of clients somebody vouched for, whatever addresses strangers name', async () => {
  const network = createScriptedFetch({ [ADDRESS]: { json: JSON.parse(conf.jwks ?? '') } });
  const clientKeys = keysBehind(network.untrustedFetch);
  const dead = { ...byAddress, jwksUri: 'https://dead.test/jwks' };
  const ask = async (): Promise<void> => {
    expect(await clientKeys.find(byAddress, wanted, context)).toMatchObject({ ok: true, value: [{ keyId: 'es' }] });
    expect(await clientKeys.find({ ...byAddress, source: 'registered' }, wanted, context)).toMatchObject({ ok: true });
    expect(await clientKeys.find(dead, wanted, context)).toMatchObject({ ok: false });
  };
  await ask();
  for (const source of ['dynamic', 'metadata_document'] as const) {
    const named = Array.from({ length: 600 }, (_, index) => `https://${source}.test/${index}`);
    await Promise.all(named.map((jwksUri) => clientKeys.find({ ...byAddress, source, jwksUri }, wanted, context)));
  }
  // Neither the set nor the pause after a failure went.
  await ask();
  expect(network.requests.filter(({ url }) => [ADDRESS, dead.jwksUri].includes(url))).toHaveLength(2);
});

it('gives a key of nobody to whoever is nobody, for every algorithm', async () => {
  const clientKeys = keysBehind();
  for (const algorithm of ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const) {
    const found = await clientKeys.find(undefined, { algorithm, keyId: 'whatever' }, context);
    expect(found.ok && found.value).toHaveLength(1);
  }
});

it('does not mix up the sets of two clients', async () => {
  const clientKeys = keysBehind();
  const other = { ...conf, jwks: jwksOf(KEYS.RS256) };
  expect(await clientKeys.find(conf, wanted, context)).toMatchObject({ value: [{ keyId: 'es' }] });
  expect(await clientKeys.find(other, wanted, context)).toEqual({ ok: true, value: [] });
});
