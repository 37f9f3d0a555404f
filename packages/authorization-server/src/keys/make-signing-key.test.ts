import type { KeyService, SigningAlgorithm } from '@portcullis/ports';
import { calculateJwkThumbprint } from 'jose';
import { expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { createRemoteKeyService } from '../testing/remote-key-service.js';
import { sealedKeyService } from '../testing/test-keys.js';
import { makeSigningKey } from './make-signing-key.js';

const made = (keyService: KeyService, algorithm: SigningAlgorithm = 'ES256') =>
  makeSigningKey(keyService, 'default', algorithm);

it.each(['ES256', 'RS256'] as const)(
  'publishes of an %s key what is public, and its thumbprint as the id',
  async (algorithm) => {
    const { keyId, publicJwk, keyReference } = await made(sealedKeyService(), algorithm);
    const jwk = JSON.parse(publicJwk) as Record<string, string>;
    const members = algorithm === 'ES256' ? ['crv', 'kty', 'x', 'y'] : ['e', 'kty', 'n'];
    expect(Object.keys(jwk).sort()).toEqual([...members, 'alg', 'kid', 'use'].sort());
    expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: keyId });
    expect(keyId).toBe(await calculateJwkThumbprint(jwk));
    expect(keyReference).not.toContain('"d"');
  },
);

it.each(['ES256', 'RS256'] as const)(
  'G3 the built-in key service hands over of an %s key what is public',
  async (algorithm) => {
    const { publicJwk } = await sealedKeyService().make(algorithm, 'purpose');
    const members = algorithm === 'ES256' ? ['crv', 'kty', 'x', 'y'] : ['e', 'kty', 'n'];
    expect(Object.keys(publicJwk).sort()).toEqual(members);
  },
);

it('G3 publishes no private member, whatever a key service hands over', async () => {
  const careless: KeyService = {
    ...sealedKeyService(),
    make: async (algorithm, purpose) => {
      const key = await sealedKeyService().make(algorithm, purpose);
      return { ...key, publicJwk: { ...key.publicJwk, d: 'canary', key_ops: ['sign'], ext: true } };
    },
  };
  const { publicJwk } = await made(careless);
  expect(publicJwk).not.toContain('canary');
  expect(publicJwk).not.toContain('key_ops');
});

it('takes a key from a service that keeps the private half to itself', async () => {
  const remote = createRemoteKeyService();
  const { keyReference, publicJwk } = await made(remote);
  expect(keyReference).toBe('remote:signing-keys/1');
  expect(Object.keys(JSON.parse(publicJwk) as object).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  expect(remote.signed).toBe(1);
});

it('finds out before anybody else that a service signs with another key', async () => {
  const { make } = sealedKeyService();
  const mixedUp: KeyService = {
    ...sealedKeyService(),
    make: async (...key) => ({ ...(await make(...key)), publicJwk: (await make(...key)).publicJwk }),
  };
  await expect(made(mixedUp)).rejects.toBeInstanceOf(ConfigurationError);
});

it('finds out before anybody else that a service signs in DER', async () => {
  const service = sealedKeyService();
  const derService: KeyService = {
    ...service,
    open: async (...key) => {
      const signer = await service.open(...key);
      return { sign: async (data) => toDer(await signer.sign(data)) };
    },
  };
  await expect(made(derService)).rejects.toBeInstanceOf(ConfigurationError);
});

/** Two 32-byte numbers as X9.62 has them: what most key services return. */
function toDer(signature: Uint8Array): Uint8Array {
  const numbers = [signature.slice(0, 32), signature.slice(32)].flatMap((number) => [0x02, 33, 0, ...number]);
  return Uint8Array.from([0x30, numbers.length, ...numbers]);
}
