import { describe, expect, it } from 'vitest';
import { createVerificationKeys, type VerificationKey } from './verification-keys.js';

const publicKey = {} as CryptoKey;

/** Lets a load behind the scenes come to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createVerificationKeys', () => {
  it('RS-08 loads at most once per cooldown, however many unknown key ids come', async () => {
    let now = 1000;
    let loads = 0;
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => now },
      load: async () => {
        loads += 1;
        return [{ keyId: 'a', algorithm: 'ES256', publicKey }];
      },
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => keys.find(`random-${i}`, 'ES256')));
    for (let i = 0; i < 50; i += 1) await keys.find(`later-${i}`, 'ES256');
    expect(loads).toBe(1);
    expect(await keys.find('a', 'ES256')).toMatchObject([{ keyId: 'a' }]);
    expect(await keys.find('a', 'RS256')).toEqual([]);
    now += 30;
    expect(await keys.find('random', 'ES256')).toEqual([]);
    expect(loads).toBe(2);
  });

  it('RS-09 picks up a new key after one load, drops a removed one, and keeps the last good set in an outage', async () => {
    let now = 1000;
    let loaded: readonly VerificationKey[] | Error = [{ keyId: 'a', algorithm: 'ES256', publicKey }];
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => now },
      load: async () => {
        if (loaded instanceof Error) throw loaded;
        return loaded;
      },
    });
    expect(await keys.find('a', 'ES256')).toHaveLength(1);
    loaded = new Error('down');
    now += 30;
    expect(await keys.find('b', 'ES256')).toEqual([]);
    expect(await keys.find('a', 'ES256')).toHaveLength(1);
    loaded = [{ keyId: 'b', algorithm: 'ES256', publicKey }];
    now += 30;
    expect(await keys.find('b', 'ES256')).toHaveLength(1);
    expect(await keys.find('a', 'ES256')).toEqual([]);
  });

  it('RS-09 notices within ten minutes that a key was removed, though nobody names another, and outlives an outage', async () => {
    let now = 1000;
    let loads = 0;
    let loaded: readonly VerificationKey[] | Error = [{ keyId: 'a', algorithm: 'ES256', publicKey }];
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => now },
      load: async () => {
        loads += 1;
        if (loaded instanceof Error) throw loaded;
        return loaded;
      },
    });
    await keys.find('a', 'ES256');
    now += 299;
    expect(await keys.find('a', 'ES256')).toHaveLength(1);
    expect(loads).toBe(1);
    loaded = new Error('down');
    now += 301;
    for (let asked = 0; asked < 5; asked += 1) expect(await keys.find('a', 'ES256')).toHaveLength(1);
    expect(loads).toBe(2);
    loaded = [{ keyId: 'b', algorithm: 'ES256', publicKey }];
    now += 30;
    expect(keys.find('a', 'ES256')).toHaveLength(1);
    await settled();
    expect(await keys.find('a', 'ES256')).toEqual([]);
  });

  it('F-07 loads a new key after the clock was set back', async () => {
    let now = 1000;
    let loaded: readonly VerificationKey[] = [];
    const keys = createVerificationKeys({ clock: { nowEpochSeconds: () => now }, load: async () => loaded });
    await keys.find('a', 'ES256');
    now -= 600;
    loaded = [{ keyId: 'a', algorithm: 'ES256', publicKey }];
    expect(await keys.find('a', 'ES256')).toMatchObject([{ keyId: 'a' }]);
  });

  it('F-05 keeps the last good set for a day of outage, then says that keys are unavailable', async () => {
    let now = 1000;
    let isDown = false;
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => now },
      load: async () => {
        if (isDown) throw new Error('down');
        return [{ keyId: 'a', algorithm: 'ES256', publicKey }];
      },
    });
    await keys.find('a', 'ES256');
    isDown = true;
    now += 86_399;
    expect(await keys.find('a', 'ES256')).toMatchObject([{ keyId: 'a' }]);
    now += 1;
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
    now += 30;
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
    isDown = false;
    now += 30;
    expect(await keys.find('a', 'ES256')).toMatchObject([{ keyId: 'a' }]);
  });

  it('F-05 says that keys are unavailable when none was ever loaded', async () => {
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => 0 },
      load: async () => {
        throw new Error('down');
      },
    });
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
  });

  describe('with remembered tokens only, so that nobody looks for a key', () => {
    const a: VerificationKey = { keyId: 'a', algorithm: 'ES256', publicKey, fingerprint: '1' };
    let now: number;
    let loads: number;
    let loaded: () => Promise<readonly VerificationKey[]>;
    const prepared = async () => {
      now = 1000;
      loads = 0;
      loaded = async () => [a];
      const keys = createVerificationKeys({
        clock: { nowEpochSeconds: () => now },
        load: () => {
          loads += 1;
          return loaded();
        },
      });
      expect(await keys.prepare()).toBe(true);
      return keys;
    };

    it('RS-09 loads anew behind the scenes from half the age on, and a key that is gone then counts no more', async () => {
      const keys = await prepared();
      now += 299;
      expect(keys.stillHas(a)).toBe(true);
      expect(loads).toBe(1);
      loaded = async () => [{ ...a, keyId: 'b' }];
      now += 1;
      expect(keys.stillHas(a)).toBe(true);
      expect(keys.stillHas(a)).toBe(true);
      expect(loads).toBe(2);
      await settled();
      expect(keys.stillHas(a)).toBe(false);
    });

    it('RS-09 knows another key under the same id for another one', async () => {
      const keys = await prepared();
      loaded = async () => [{ ...a, fingerprint: '2' }];
      now += 300;
      keys.stillHas(a);
      await settled();
      expect(keys.stillHas(a)).toBe(false);
      expect(keys.stillHas({ ...a, fingerprint: '2' })).toBe(true);
    });

    it('RS-09 goes by no set beyond its age that nobody tried to load anew', async () => {
      const keys = await prepared();
      now += 600;
      expect(keys.stillHas(a)).toBe(false);
      await settled();
      expect(keys.stillHas(a)).toBe(true);
    });

    it('F-05 goes by the last good set while loads fail, for a day and no longer', async () => {
      const keys = await prepared();
      loaded = () => Promise.reject(new Error('down'));
      for (now += 300; now < 1000 + 86_400; now += 300) {
        expect(keys.stillHas(a)).toBe(true);
        await settled();
      }
      expect(keys.stillHas(a)).toBe(false);
    });
  });

  it('F-05 keeps one waiting for a load that hangs in an outage, and nobody else', async () => {
    let now = 1000;
    let finish: (keys: readonly VerificationKey[]) => void = () => undefined;
    let load = async (): Promise<readonly VerificationKey[]> => [{ keyId: 'a', algorithm: 'ES256', publicKey }];
    const keys = createVerificationKeys({ clock: { nowEpochSeconds: () => now }, load: () => load() });
    await keys.prepare();
    load = () => Promise.reject(new Error('down'));
    now += 30;
    expect(await keys.find('new', 'ES256')).toEqual([]);
    load = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    now += 30;
    const first = keys.find('new', 'ES256');
    expect(await keys.find('new', 'ES256')).toEqual([]);
    expect(keys.find('a', 'ES256')).toHaveLength(1);
    finish([{ keyId: 'new', algorithm: 'ES256', publicKey }]);
    expect(await first).toHaveLength(1);
  });

  it('RS-08 tells of a storm once, and of the next one again', async () => {
    let now = 1000;
    let storms = 0;
    const keys = createVerificationKeys({
      clock: { nowEpochSeconds: () => now },
      load: async () => [{ keyId: 'a', algorithm: 'ES256', publicKey }],
      stormBound: 10,
      onStorm: () => {
        storms += 1;
      },
    });
    const come = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) await keys.find(`random-${i}`, 'ES256');
    };
    await come(10);
    expect(storms).toBe(0);
    for (let second = 0; second < 120; second += 10, now += 10) await come(20);
    expect(storms).toBe(1);
    now += 60;
    await come(5);
    now += 30;
    await come(50);
    expect(storms).toBe(2);
  });

  it('RS-02 finds all keys of one id, up to four', async () => {
    const load = async () =>
      Array.from({ length: 9 }, (_, i) => ({ keyId: 'a', algorithm: 'ES256', publicKey, fingerprint: String(i) }));
    const keys = createVerificationKeys({ clock: { nowEpochSeconds: () => 0 }, load });
    expect(await keys.find('a', 'ES256')).toHaveLength(4);
  });
});
