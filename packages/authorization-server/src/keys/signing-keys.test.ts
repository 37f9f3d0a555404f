import { type KeyService, KeyUnavailableError } from '@portcullis/ports';
import { event } from '@portcullis/ports/testing';
import { calculateJwkThumbprint } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import {
  createTestKeys,
  LIFETIMES,
  publishedIds,
  START,
  sealedKeyService,
  type TestKeys,
  unreliableListing,
} from '../testing/test-keys.js';
import type { SigningKeys } from './signing-keys.js';
import { SigningUnavailableError } from './signing-unavailable-error.js';
import { WrongMasterKeyError } from './wrong-master-key-error.js';

let test: TestKeys;
beforeEach(() => {
  test = createTestKeys();
});

/** What a command line reckons with, which does not know the configured ones. */
const LONGEST_LIFETIMES = { accessTokenSeconds: 3600, clockToleranceSeconds: 60 };

const signs = async (keys: SigningKeys): Promise<string> => (await keys.current()).keyId;

/** Lets everything that needs no more than a turn of the event loop come to its end. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A key service that counts what it opens. */
function counting(keyService: KeyService): KeyService & { opened: number } {
  const counter = {
    ...keyService,
    opened: 0,
    open: (...key: Parameters<KeyService['open']>) => {
      counter.opened += 1;
      return keyService.open(...key);
    },
  };
  return counter;
}

describe('the first key', () => {
  it('signs at once, under its thumbprint', async () => {
    const keys = await test.startReplica();
    const [jwk, ...others] = (await keys.jwks()).keys;
    expect(others).toEqual([]);
    expect(jwk).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      kid: await calculateJwkThumbprint(jwk as object),
      alg: 'ES256',
      use: 'sig',
    });
    expect(await keys.current()).toMatchObject({ keyId: jwk?.kid, algorithm: 'ES256' });
    expect(test.events).toMatchObject([{ type: 'signing_key.created', keyId: jwk?.kid }]);
  });

  it('is an RSA key where that is configured', async () => {
    const keys = await test.startReplica({}, { algorithm: 'RS256' });
    const [jwk] = (await keys.jwks()).keys;
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(jwk).toMatchObject({
      kty: 'RSA',
      alg: 'RS256',
      use: 'sig',
      kid: await calculateJwkThumbprint(jwk as object),
    });
    expect((await keys.current()).algorithm).toBe('RS256');
    expect(await keys.verificationKeys()).toMatchObject([{ keyId: jwk?.kid, algorithm: 'RS256' }]);
  });

  it('F-12 stops the start under a wrong master key, with a reason that holds no secret, and changes nothing', async () => {
    await test.startReplica();
    const stored = await test.storage.signingKeys.list('default');
    const start = test.startReplica({ keyService: sealedKeyService(8) });
    const error: unknown = await start.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toBeInstanceOf(WrongMasterKeyError);
    expect((error as Error).message).toBe('master key: it does not open the stored signing key; was it replaced?');
    expect(await test.storage.signingKeys.list('default')).toEqual(stored);
    expect(test.events).toHaveLength(1);
  });

  it('opens as the first release sealed it: for its own id', async () => {
    const keyId = 'of-the-first-release';
    const { publicJwk, keyReference } = await test.ports.keyService.make('ES256', `signing-key:default:${keyId}`);
    const made = { tenantId: 'default', keyId, algorithm: 'ES256' as const, keyReference };
    const times = { createdAtEpochSeconds: START, signsFromEpochSeconds: START, verifiesUntilEpochSeconds: undefined };
    const key = { ...made, ...times, publicJwk: JSON.stringify(publicJwk) };
    await test.storage.signingKeys.addFirst(key, event('signing_key.created', 'default'));
    expect(await signs(await test.startReplica())).toBe(keyId);
  });

  it('is not opened by what serves another tenant', async () => {
    await test.startReplica();
    const [key] = await test.storage.signingKeys.list('default');
    const opening = test.ports.keyService.open(key?.keyReference ?? '', 'ES256', 'access-token-signing:other');
    await expect(opening).rejects.toBeInstanceOf(KeyUnavailableError);
  });
});

describe('a rotation by another process', () => {
  it('is followed: published within half a minute, signing from its time on, the old one published to its end', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    const rotation = await test.manage().rotate();
    const made = rotation.outcome === 'rotated' ? rotation.key.keyId : '';
    expect(await publishedIds(keys)).toEqual([old]);
    test.clock.now = START + 30;
    expect(await publishedIds(keys)).toEqual([old, made]);
    test.clock.now = START + 899;
    expect(await signs(keys)).toBe(old);
    test.clock.now = START + 900;
    expect(await signs(keys)).toBe(made);
    const end = START + 900 + 30 + LIFETIMES.accessTokenSeconds + LIFETIMES.clockToleranceSeconds;
    test.clock.now = end - 1;
    expect(await publishedIds(keys)).toEqual([old, made]);
    test.clock.now = end;
    expect(await publishedIds(keys)).toEqual([made]);
    expect((await keys.verificationKeys()).map(({ keyId }) => keyId)).toEqual([made]);
  });

  it('is known to whoever verifies at once, and to whoever signs within half a minute', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    const rotation = await test.manage().rotate({ atOnce: true });
    const made = rotation.outcome === 'rotated' ? rotation.key.keyId : '';
    test.clock.now = START + 29;
    expect(await signs(keys)).toBe(old);
    expect((await keys.verificationKeys()).map(({ keyId }) => keyId).sort()).toEqual([old, made].sort());
    expect(await signs(keys)).toBe(made);
  });
});

describe('reading the store', () => {
  it('happens once in half a minute, and once for all who ask at once', async () => {
    const listing = unreliableListing(test);
    const keys = await test.startReplica({ storage: listing.storage });
    listing.count = 0;
    await Promise.all(Array.from({ length: 50 }, () => keys.current()));
    await Promise.all(Array.from({ length: 50 }, () => keys.jwks()));
    expect(listing.count).toBe(1);
    test.clock.now = START + 30;
    await Promise.all(Array.from({ length: 50 }, () => keys.verificationKeys()));
    await keys.current();
    expect(listing.count).toBe(2);
  });

  it('does without the store while that is down, and follows it when it is back', async () => {
    const listing = unreliableListing(test);
    const keys = await test.startReplica({ storage: listing.storage });
    const old = await signs(keys);
    await test.manage().rotate({ atOnce: true });
    listing.isDown = true;
    test.clock.now = START + 500;
    expect(await signs(keys)).toBe(old);
    expect(await publishedIds(keys)).toEqual([old]);
    listing.isDown = false;
    test.clock.now += 5;
    expect(await signs(keys)).toBe(old);
    await settle();
    expect(await signs(keys)).not.toBe(old);
  });

  it('F-05 says to whoever verifies that the store is down, so that a set loaded before does not pass for a new one', async () => {
    const listing = unreliableListing(test);
    const keys = await test.startReplica({ storage: listing.storage });
    expect(await keys.verificationKeys()).toHaveLength(1);
    listing.isDown = true;
    await expect(keys.verificationKeys()).rejects.toThrow('down');
    expect(await publishedIds(keys)).toHaveLength(1);
    listing.isDown = false;
    expect(await keys.verificationKeys()).toHaveLength(1);
  });

  it('says that the store is down where nothing was ever read', async () => {
    const listing = unreliableListing(test);
    const keys = await test.startReplica({ storage: listing.storage });
    listing.isDown = true;
    await expect(keys.current()).rejects.toThrow('down');
    await expect(keys.jwks()).rejects.toThrow('down');
    listing.isDown = false;
    expect(await publishedIds(keys)).toHaveLength(1);
  });

  it('begins anew after a change of its own process, though a reading is under way that began before', async () => {
    const gates: (() => void)[] = [];
    const { signingKeys } = test.storage;
    let isHeld = false;
    const list = async (tenantId: string) => {
      const rows = await signingKeys.list(tenantId);
      if (isHeld) await new Promise<void>((resolve) => gates.push(resolve));
      return rows;
    };
    const keys = await test.startReplica({ storage: { signingKeys: { ...signingKeys, list } } });
    isHeld = true;
    const before = signs(keys);
    await settle();
    const rotation = await test.manage().rotate({ atOnce: true });
    keys.reload();
    isHeld = false;
    const made = rotation.outcome === 'rotated' ? rotation.key.keyId : '';
    expect(await signs(keys)).toBe(made);
    for (const open of gates) open();
    expect(await before).not.toBe(made);
    expect(await signs(keys)).toBe(made);
  });

  it('F-07 is not put off by a clock that is set back', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    test.clock.now = START - 3600;
    await test.manage().rotate({ atOnce: true });
    expect(await signs(keys)).not.toBe(old);
  });
});

describe('a key that does not open here', () => {
  it('is opened once where it does', async () => {
    const keyService = counting(test.ports.keyService);
    const keys = await test.startReplica({ keyService });
    // To be proven when it was made, and to sign.
    expect(keyService.opened).toBe(2);
    await test.manage().rotate();
    for (let second = 0; second < 1000; second += 10) {
      test.clock.now = START + second;
      await Promise.all([keys.current(), keys.current()]);
    }
    expect(keyService.opened).toBe(3);
  });

  it('does not stop signing: the last one that opens signs on for half a minute, and one event tells of it before it matters', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    const stranger = test.manage({}, { keyService: sealedKeyService(8) });
    await expect(stranger.rotate()).rejects.toThrow(ConfigurationError);
    // Another program of the same kind might do it all the same.
    const rotation = await test.manage({}, { keyService: { ...sealedKeyService(8), open: forgiving(8) } }).rotate();
    const made = rotation.outcome === 'rotated' ? rotation.key.keyId : '';
    test.events.length = 0;
    for (let second = 30; second <= 930; second += 10) {
      test.clock.now = START + second;
      expect(await signs(keys)).toBe(old);
      if (second === 30) await settle();
    }
    expect(test.events).toEqual([
      {
        type: 'signing_key.unavailable',
        outcome: 'failed',
        tenantId: 'default',
        occurredAtEpochSeconds: START + 30,
        keyId: made,
        reason: 'key_unavailable',
        detail: 'KeyUnavailableError',
      },
    ]);
    test.clock.now = START + 931;
    await expect(keys.current()).rejects.toBeInstanceOf(SigningUnavailableError);
    expect(await publishedIds(keys)).toEqual([old, made]);
  });

  it('is tried again every half minute, and signs as soon as it opens', async () => {
    let isDown = false;
    const inner = test.ports.keyService;
    const keyService = counting({
      ...inner,
      open: async (...key) => {
        if (isDown) throw new Error('https://keys.test/?secret=canary');
        return inner.open(...key);
      },
    });
    const keys = await test.startReplica({ keyService });
    const old = await signs(keys);
    await test.manage(LONGEST_LIFETIMES).rotate({ atOnce: true });
    isDown = true;
    test.clock.now = START + 30;
    keyService.opened = 0;
    for (let asked = 0; asked < 10; asked += 1) expect(await signs(keys)).toBe(old);
    expect(keyService.opened).toBe(1);
    test.clock.now = START + 60;
    await Promise.all(Array.from({ length: 10 }, () => keys.current()));
    expect(keyService.opened).toBe(2);
    isDown = false;
    test.clock.now = START + 90;
    expect(await signs(keys)).not.toBe(old);
    const told = test.events.filter(({ type }) => type === 'signing_key.unavailable');
    expect(told).toMatchObject([{ reason: 'key_service_failed', detail: 'Error' }]);
    expect(JSON.stringify(test.events)).not.toContain('canary');
  });

  it('is tried at every request while there is nothing else to sign with', async () => {
    let isDown = false;
    const keyService = counting({
      ...test.ports.keyService,
      open: async (...key) => {
        if (isDown) throw new Error('down');
        return test.ports.keyService.open(...key);
      },
    });
    await test.startReplica();
    const keys = await test.startReplica({ keyService });
    await test.manage().rotate({ atOnce: true });
    const [old] = await test.manage().list();
    await test.manage().retire(old?.keyId ?? '');
    isDown = true;
    keyService.opened = 0;
    const refused = await Promise.allSettled([keys.current(), keys.current()]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(keyService.opened).toBe(1);
    isDown = false;
    expect(await signs(keys)).not.toBe(old?.keyId);
    expect(test.events.filter(({ type }) => type === 'signing_key.unavailable')).toHaveLength(1);
  });

  it('leaves nothing to sign with once the last that opens would end before a token it signs', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    await test.manage({}, { keyService: sealedKeyService(8) }).rotate(REPLACED);
    test.clock.now = START + 30;
    expect(await signs(keys)).toBe(old);
    test.clock.now = START + 31;
    await expect(keys.current()).rejects.toBeInstanceOf(SigningUnavailableError);
  });

  it('has an older one sign for longer where the end of that was reckoned with the longest lifetimes', async () => {
    const keys = await test.startReplica();
    const old = await signs(keys);
    await test.manage(LONGEST_LIFETIMES, { keyService: sealedKeyService(8) }).rotate(REPLACED);
    const spare = 3600 + 60 - LIFETIMES.accessTokenSeconds - LIFETIMES.clockToleranceSeconds;
    test.clock.now = START + 30 + spare;
    expect(await signs(keys)).toBe(old);
    test.clock.now += 1;
    await expect(keys.current()).rejects.toBeInstanceOf(SigningUnavailableError);
  });

  it('is not what a start with the new master key asks for, when the new key signs at once', async () => {
    await test.startReplica();
    const rotation = await test.manage({}, { keyService: sealedKeyService(8) }).rotate(REPLACED);
    const keys = await test.startReplica({ keyService: sealedKeyService(8) });
    expect(await signs(keys)).toBe(rotation.outcome === 'rotated' ? rotation.key.keyId : '');
  });
});

/** A rotation under another master key, on purpose. */
const REPLACED = { atOnce: true, replaceMasterKey: true };

/** Opens its own keys, and takes those of others for its own. */
function forgiving(seed: number): KeyService['open'] {
  const { open } = sealedKeyService(seed);
  return async (...key) => {
    try {
      return await open(...key);
    } catch {
      return { sign: async () => new Uint8Array(64) };
    }
  };
}
