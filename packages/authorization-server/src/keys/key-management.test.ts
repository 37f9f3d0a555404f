import type { SigningAlgorithm } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import {
  createTestKeys,
  LIFETIMES,
  publishedIds,
  START,
  sealedKeyService,
  type TestKeys,
} from '../testing/test-keys.js';
import { startTestServer } from '../testing/test-server.js';
import { createKeyManagement, type KeyManagementPorts, type RotationOutcome } from './key-management.js';
import type { SigningKeys } from './signing-keys.js';
import { WrongMasterKeyError } from './wrong-master-key-error.js';

const DAY = 86_400;
const { accessTokenSeconds, clockToleranceSeconds } = LIFETIMES;

let test: TestKeys;
let server: SigningKeys;
let first: string;
beforeEach(async () => {
  test = createTestKeys();
  server = await test.startReplica();
  first = (await server.current()).keyId;
  test.events.length = 0;
});

const idOf = (rotation: RotationOutcome | { readonly outcome: 'not_due' }): string => {
  if (rotation.outcome !== 'rotated') throw new Error(`The rotation was ${rotation.outcome}`);
  return rotation.key.keyId;
};
const states = async () => Object.fromEntries((await test.manage().list()).map((key) => [key.keyId, key.state]));

describe('rotate', () => {
  it('makes a successor that signs later, and tells when the predecessor ends', async () => {
    const rotation = await test.manage().rotate();
    const second = idOf(rotation);
    expect(rotation).toEqual({
      outcome: 'rotated',
      key: {
        keyId: second,
        algorithm: 'ES256',
        createdAtEpochSeconds: START + 1,
        signsFromEpochSeconds: START + 900,
        verifiesUntilEpochSeconds: undefined,
        state: 'pending',
      },
      replacedMasterKey: false,
    });
    expect(await test.manage().list()).toMatchObject([
      {
        keyId: first,
        state: 'signing',
        verifiesUntilEpochSeconds: START + 900 + 30 + accessTokenSeconds + clockToleranceSeconds,
      },
      { keyId: second, state: 'pending' },
    ]);
    expect(test.events).toMatchObject([
      { type: 'signing_key.rotated', outcome: 'allowed', keyId: second, reason: 'asked', detail: `follows ${first}` },
    ]);
    expect(test.storage.events.at(-1)).toEqual(test.events[0]);
  });

  it('hands over no private key, and no reference to one', async () => {
    const records = JSON.stringify([await test.manage().rotate(), await test.manage().list()]);
    for (const { keyReference } of await test.storage.signingKeys.list('default')) {
      expect(records).not.toContain(keyReference);
    }
    expect(records).not.toContain('"d"');
  });

  it('at once: the successor signs now, though another was on its way', async () => {
    const second = idOf(await test.manage().rotate());
    test.clock.now = START + 100;
    const third = idOf(await test.manage().rotate({ atOnce: true }));
    expect(await states()).toEqual({ [first]: 'verifying', [second]: 'replaced', [third]: 'signing' });
    test.clock.now = START + 1000;
    expect((await server.current()).keyId).toBe(third);
    const fourth = idOf(await test.manage().rotate());
    expect(await states()).toMatchObject({ [third]: 'signing', [fourth]: 'pending' });
  });

  it('keeps the order of the keys, whatever the clock of who makes them', async () => {
    test.clock.now = START - 500;
    const second = idOf(await test.manage().rotate({ atOnce: true }));
    test.clock.now = START + 30;
    expect((await server.current()).keyId).toBe(second);
    expect(await states()).toEqual({ [first]: 'verifying', [second]: 'signing' });
  });

  it('makes the first key as well, where no server ever ran', async () => {
    test = createTestKeys();
    const second = idOf(await test.manage().rotate());
    const [made] = await test.manage().list();
    expect(await states()).toEqual({ [made?.keyId ?? '']: 'signing', [second]: 'pending' });
  });

  it('F-12 refuses to add a key that no server can use, at once or not, unless the master key is replaced on purpose', async () => {
    const wrong = test.manage({}, { keyService: sealedKeyService(8) });
    // Not at once, no key of a new master key is of use: no server would start until it signs.
    for (const how of [{}, { atOnce: true }, { replaceMasterKey: true }]) {
      await expect(wrong.rotate(how)).rejects.toBeInstanceOf(WrongMasterKeyError);
    }
    expect(await states()).toEqual({ [first]: 'signing' });
    expect(test.events).toEqual([]);
    const replacing = { atOnce: true, replaceMasterKey: true };
    expect(await wrong.rotate(replacing)).toMatchObject({ outcome: 'rotated', replacedMasterKey: true });
    expect(await states()).toMatchObject({ [first]: 'verifying' });
    // The second time it is the master key already.
    expect(await wrong.rotate(replacing)).toMatchObject({ outcome: 'rotated', replacedMasterKey: false });
  });

  it('reckons with the longest access token where the caller does not know the configured one', async () => {
    await test.manage({ accessTokenSeconds: 3600, clockToleranceSeconds: 60 }).rotate({ atOnce: true });
    const [old] = await test.manage().list();
    expect(old?.verifiesUntilEpochSeconds).toBe(START + 30 + 3600 + 60);
  });
});

describe('rotate while a key waits for its turn', () => {
  it('makes no second one, by its own process or another, and says which waits', async () => {
    const second = idOf(await test.manage().rotate());
    test.events.length = 0;
    test.clock.now = START + 899;
    for (const keys of [test.manage(), test.manage()]) {
      expect(await keys.rotate()).toMatchObject({
        outcome: 'under_way',
        key: { keyId: second, state: 'pending', signsFromEpochSeconds: START + 900 },
      });
    }
    expect(test.events).toEqual([]);
    expect(Object.keys(await states())).toEqual([first, second]);
    test.clock.now = START + 900;
    expect(idOf(await test.manage().rotate())).not.toBe(second);
  });

  it('F-12 does not say that all is well where the key that waits does not open here', async () => {
    const second = idOf(await test.manage().rotate());
    const wrong = test.manage({}, { keyService: sealedKeyService(8) });
    for (const how of [{}, { replaceMasterKey: true }]) {
      await expect(wrong.rotate(how)).rejects.toBeInstanceOf(WrongMasterKeyError);
    }
    expect(Object.keys(await states())).toEqual([first, second]);
  });

  it('makes one of another algorithm, which signs after it', async () => {
    const second = idOf(await test.manage().rotate());
    test.clock.now = START + 100;
    const third = idOf(await test.manage({ signing: { algorithm: 'RS256' } }).rotate());
    test.clock.now = START + 900;
    expect((await server.current()).keyId).toBe(second);
    test.clock.now = START + 1000;
    expect(await server.current()).toMatchObject({ keyId: third, algorithm: 'RS256' });
  });
});

describe('two that rotate at once', () => {
  it('make one successor: one wins, the other is superseded and sees it', async () => {
    const replicas = await Promise.all([test.startReplica(), test.startReplica()]);
    const managed = replicas.map(() => test.manage());
    const rotations = await Promise.all(managed.map((keys) => keys.rotate()));
    expect(rotations.map(({ outcome }) => outcome).sort()).toEqual(['rotated', 'superseded']);
    expect(test.events.filter(({ type }) => type === 'signing_key.rotated')).toHaveLength(1);
    const keys = await test.manage().list();
    expect(keys.map(({ state }) => state)).toEqual(['signing', 'pending']);
    test.clock.now = START + 900;
    for (const replica of replicas) expect((await replica.current()).keyId).toBe(keys[1]?.keyId);
  });

  it('make one first key', async () => {
    test = createTestKeys();
    await Promise.all(Array.from({ length: 10 }, () => test.startReplica()));
    expect(await test.manage().list()).toHaveLength(1);
    expect(test.events.map(({ type }) => type)).toEqual(['signing_key.created']);
  });

  it('on a schedule make one successor, however many replicas there are', async () => {
    test.clock.now = START + 90 * DAY;
    const rotations = await Promise.all(Array.from({ length: 10 }, () => test.manage().rotateIfDue()));
    expect(rotations.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1);
    expect(rotations.filter(({ outcome }) => outcome === 'superseded')).toHaveLength(9);
    expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  });
});

describe('a process that is killed midway', () => {
  /** Ports whose store dies in the act that is named, before anything is written. */
  const dying = (act: 'rotate' | 'retire'): Partial<KeyManagementPorts> => ({
    storage: {
      signingKeys: {
        ...test.storage.signingKeys,
        [act]: async () => {
          throw new Error('killed');
        },
      },
    },
  });

  it.each([{ atOnce: false }, { atOnce: true }])('has changed nothing of a rotation (%j)', async (options) => {
    const before = await test.storage.signingKeys.list('default');
    await expect(test.manage({}, dying('rotate')).rotate(options)).rejects.toThrow('killed');
    expect(await test.storage.signingKeys.list('default')).toEqual(before);
    expect(test.events).toEqual([]);
    idOf(await test.manage().rotate(options));
    expect(await test.storage.signingKeys.list('default')).toHaveLength(2);
  });

  it('has retired nothing', async () => {
    await test.manage().rotate({ atOnce: true });
    await expect(test.manage({}, dying('retire')).retire(first)).rejects.toThrow('killed');
    expect(await states()).toMatchObject({ [first]: 'verifying' });
    expect(await test.manage().retire(first)).toBe('retired');
  });

  it('has left a failed rotation in the trail when it was on a schedule, and the next one succeeds', async () => {
    test.clock.now = START + 90 * DAY;
    await expect(test.manage({}, dying('rotate')).rotateIfDue()).rejects.toThrow('killed');
    expect(test.events).toMatchObject([
      { type: 'signing_key.rotation_failed', outcome: 'failed', reason: 'rotation_failed', detail: 'Error' },
    ]);
    idOf(await test.manage().rotateIfDue());
  });
});

describe('rotateIfDue', () => {
  it('rotates a key of the configured age, once', async () => {
    test.clock.now = START + 90 * DAY - 1;
    expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
    test.clock.now += 1;
    const second = idOf(await test.manage().rotateIfDue());
    expect(test.events).toMatchObject([{ type: 'signing_key.rotated', keyId: second, reason: 'age_reached' }]);
    expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
    test.clock.now += 89 * DAY;
    expect(await test.manage().rotateIfDue()).toEqual({ outcome: 'not_due' });
  });

  it('leaves age to the operator when it is told to', async () => {
    test.clock.now = START + 9000 * DAY;
    expect(await test.manage({ signing: { rotateAfterSeconds: 0 } }).rotateIfDue()).toEqual({ outcome: 'not_due' });
  });

  it('follows another algorithm at once, and what the old key signed stays valid', async () => {
    const keys = test.manage({ signing: { algorithm: 'RS256', rotateAfterSeconds: 0 } });
    const second = idOf(await keys.rotateIfDue());
    expect(test.events).toMatchObject([{ keyId: second, reason: 'algorithm_changed' }]);
    expect(await keys.rotateIfDue()).toEqual({ outcome: 'not_due' });
    test.clock.now = START + 900;
    expect(await server.current()).toMatchObject({ keyId: second, algorithm: 'RS256' });
    const verifiers = await server.verificationKeys();
    expect(verifiers.map(({ keyId, algorithm }) => [keyId, algorithm])).toEqual([
      [first, 'ES256'],
      [second, 'RS256'],
    ]);
  });
});

describe('a change of the algorithm that reaches one replica after the other', () => {
  const configured = (algorithm: SigningAlgorithm) => test.manage({ signing: { algorithm, rotateAfterSeconds: 0 } });
  const rotations = () => test.events.filter(({ type }) => type === 'signing_key.rotated');

  it('is one rotation where all have it within publishAheadSeconds, however often each looks', async () => {
    const replicas: SigningAlgorithm[] = ['ES256', 'ES256', 'ES256'];
    for (let second = 0; second < 3600; second += 30) {
      test.clock.now = START + second;
      if (second % 300 === 0 && second / 300 < replicas.length) replicas[second / 300] = 'RS256';
      for (const algorithm of replicas) await configured(algorithm).rotateIfDue();
    }
    expect(rotations()).toHaveLength(1);
    expect(await server.current()).toMatchObject({ algorithm: 'RS256' });
  });

  it('gives every key its turn where it takes longer, and two replicas never answer each other at once', async () => {
    const signed: string[] = [];
    for (let second = 0; second < 4000; second += 50) {
      test.clock.now = START + second;
      for (const algorithm of ['ES256', 'RS256'] as const) await configured(algorithm).rotateIfDue();
      expect(Object.values(await states()).filter((state) => state === 'pending').length).toBeLessThanOrEqual(1);
      signed.push((await server.current()).keyId);
    }
    const made = (await test.manage().list()).map(({ createdAtEpochSeconds }) => createdAtEpochSeconds - START);
    expect(made).toEqual([0, 1, 900, 1800, 2700, 3600]);
    expect(new Set(signed).size).toBe(5);
  });

  it('waits for a key of the old algorithm that is on its way', async () => {
    const second = idOf(await test.manage().rotate());
    expect(await configured('RS256').rotateIfDue()).toEqual({ outcome: 'not_due' });
    test.clock.now = START + 900;
    expect((await server.current()).keyId).toBe(second);
    idOf(await configured('RS256').rotateIfDue());
  });
});

describe('retire', () => {
  it('ends a leaked key after a rotation at once: out of the JWK Set, and its tokens marked', async () => {
    const second = idOf(await test.manage().rotate({ atOnce: true }));
    test.events.length = 0;
    expect(await test.manage().retire(first)).toBe('retired');
    expect(await states()).toEqual({ [first]: 'ended', [second]: 'signing' });
    expect((await server.verificationKeys()).map(({ keyId }) => keyId)).toEqual([second]);
    expect(await publishedIds(server)).toEqual([second]);
    expect(test.events).toMatchObject([{ type: 'signing_key.retired', outcome: 'allowed', keyId: first }]);
    const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
    expect(marks).toMatchObject([{ kind: 'key', value: first, expiresAtEpochSeconds: START + 2 * DAY }]);
  });

  it('refuses the key that signs and the one that is about to, and tells of nothing', async () => {
    const second = idOf(await test.manage().rotate());
    test.events.length = 0;
    expect(await test.manage().retire(first)).toBe('last');
    expect(await test.manage().retire(second)).toBe('last');
    expect(await test.manage().retire('none')).toBe('unknown');
    expect(await states()).toEqual({ [first]: 'signing', [second]: 'pending' });
    expect(test.events).toEqual([]);
  });

  it('refuses a key that ended already', async () => {
    await test.manage().rotate({ atOnce: true });
    test.clock.now = START + 660;
    expect(await test.manage().retire(first)).toBe('unknown');
  });
});

describe('its own process', () => {
  it('hears of a rotation that another process won', async () => {
    const { signingKeys } = test.storage;
    const slow = {
      ...signingKeys,
      rotate: async (...key: Parameters<typeof signingKeys.rotate>) => {
        await test.manage().rotate();
        return signingKeys.rotate(...key);
      },
    };
    let heard = 0;
    const options = { tenantId: 'default', ...LIFETIMES };
    const late = createKeyManagement({ ...test.ports, storage: { signingKeys: slow } }, options, () => {
      heard += 1;
    });
    expect(await late.rotate()).toEqual({ outcome: 'superseded' });
    expect(heard).toBe(1);
    expect(await late.list()).toHaveLength(2);
  });

  it('signs with a new key from the same second on', async () => {
    const { server: own, send } = await startTestServer();
    const second = idOf(await own.keys.rotate({ atOnce: true }));
    const { keys } = (await (await send('/jwks')).json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toContain(second);
    const [old] = await own.keys.list();
    expect(await own.keys.retire(old?.keyId ?? '')).toBe('retired');
    const left = (await (await send('/jwks')).json()) as { keys: { kid: string }[] };
    expect(left.keys.map(({ kid }) => kid)).toEqual([second]);
  });
});

it('F-12 is not built for options that cannot work', () => {
  expect(() => test.manage({ signing: { publishAheadSeconds: 10 } })).toThrow(ConfigurationError);
});
