import { nodePlatform } from '@portcullis/ports/node';
import { expect, it } from 'vitest';
import { conf, jwksOf, KEYS } from '../testing/client-assertions.js';
import { createScriptedFetch } from '../testing/scripted-fetch.js';
import { createClientKeys } from './client-keys.js';

const ADDRESS = 'https://client.test/jwks';
const byAddress = { ...conf, jwks: undefined, jwksUri: ADDRESS };
const wanted = { algorithm: 'ES256', keyId: 'es' } as const;

it('finds the keys of the algorithm, wherever they are', async () => {
  const network = createScriptedFetch({ [ADDRESS]: { json: JSON.parse(conf.jwks ?? '') } });
  const clientKeys = createClientKeys({ platform: nodePlatform, untrustedFetch: network.untrustedFetch });
  for (const client of [conf, byAddress]) {
    const named = await clientKeys.find(client, wanted);
    expect(named).toMatchObject({ ok: true, value: [{ keyId: 'es', algorithms: ['ES256'] }] });
    const unnamed = await clientKeys.find(client, { algorithm: 'RS256', keyId: undefined });
    expect(unnamed).toMatchObject({ ok: true, value: [{ keyId: 'rs' }, { keyId: 'ps' }] });
    expect(await clientKeys.find(client, { algorithm: 'RS256', keyId: 'es' })).toEqual({ ok: true, value: [] });
  }
});

it('has no keys at an address without an untrustedFetch, and says so in the trail alone', async () => {
  const clientKeys = createClientKeys({ platform: nodePlatform });
  const failure = { reason: 'client_keys_unavailable', detail: 'no_untrusted_fetch' };
  expect(await clientKeys.find(byAddress, wanted)).toEqual({ ok: false, failure });
  const none = { ...conf, jwks: undefined };
  expect(await clientKeys.find(none, wanted)).toMatchObject({ ok: false, failure: { detail: 'no_keys' } });
  const broken = { ...conf, jwks: '{' };
  expect(await clientKeys.find(broken, wanted)).toEqual({ ok: true, value: [] });
});

it('keeps what it knows of clients somebody vouched for, whatever addresses strangers name', async () => {
  const network = createScriptedFetch({ [ADDRESS]: { json: JSON.parse(conf.jwks ?? '') } });
  const clientKeys = createClientKeys({ platform: nodePlatform, untrustedFetch: network.untrustedFetch });
  const dead = { ...byAddress, jwksUri: 'https://dead.test/jwks' };
  const ask = async (): Promise<void> => {
    expect(await clientKeys.find(byAddress, wanted)).toMatchObject({ ok: true, value: [{ keyId: 'es' }] });
    expect(await clientKeys.find({ ...byAddress, source: 'registered' }, wanted)).toMatchObject({ ok: true });
    expect(await clientKeys.find(dead, wanted)).toMatchObject({ ok: false });
  };
  await ask();
  for (const source of ['dynamic', 'metadata_document'] as const) {
    const named = Array.from({ length: 600 }, (_, index) => `https://${source}.test/${index}`);
    await Promise.all(named.map((jwksUri) => clientKeys.find({ ...byAddress, source, jwksUri }, wanted)));
  }
  // Neither the set nor the pause after a failure went.
  await ask();
  expect(network.requests.filter(({ url }) => [ADDRESS, dead.jwksUri].includes(url))).toHaveLength(2);
});

it('gives a key of nobody to whoever is nobody, for every algorithm', async () => {
  const clientKeys = createClientKeys({ platform: nodePlatform });
  for (const algorithm of ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const) {
    const found = await clientKeys.find(undefined, { algorithm, keyId: 'whatever' });
    expect(found.ok && found.value).toHaveLength(1);
  }
});

it('does not mix up the sets of two clients', async () => {
  const clientKeys = createClientKeys({ platform: nodePlatform });
  const other = { ...conf, jwks: jwksOf(KEYS.RS256) };
  expect(await clientKeys.find(conf, wanted)).toMatchObject({ value: [{ keyId: 'es' }] });
  expect(await clientKeys.find(other, wanted)).toEqual({ ok: true, value: [] });
});
