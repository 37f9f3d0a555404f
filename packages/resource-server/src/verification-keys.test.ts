import { describe, expect, it } from 'vitest';
import { createVerificationKeys, type VerificationKey } from './verification-keys.js';

const publicKey = {} as CryptoKey;

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
    expect((await keys.find('a', 'ES256')) as VerificationKey).toMatchObject({ keyId: 'a' });
    expect(await keys.find('a', 'RS256')).toBeUndefined();
    now += 30;
    expect(await keys.find('random', 'ES256')).toBeUndefined();
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
    expect(await keys.find('a', 'ES256')).toBeDefined();
    loaded = new Error('down');
    now += 30;
    expect(await keys.find('b', 'ES256')).toBeUndefined();
    expect(await keys.find('a', 'ES256')).toBeDefined();
    loaded = [{ keyId: 'b', algorithm: 'ES256', publicKey }];
    now += 30;
    expect(await keys.find('b', 'ES256')).toBeDefined();
    expect(await keys.find('a', 'ES256')).toBeUndefined();
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
    now += 599;
    expect(await keys.find('a', 'ES256')).toBeDefined();
    expect(loads).toBe(1);
    loaded = new Error('down');
    now += 1;
    for (let asked = 0; asked < 5; asked += 1) expect(await keys.find('a', 'ES256')).toBeDefined();
    expect(loads).toBe(2);
    loaded = [{ keyId: 'b', algorithm: 'ES256', publicKey }];
    now += 30;
    expect(await keys.find('a', 'ES256')).toBeUndefined();
  });

  it('F-07 loads a new key after the clock was set back', async () => {
    let now = 1000;
    let loaded: readonly VerificationKey[] = [];
    const keys = createVerificationKeys({ clock: { nowEpochSeconds: () => now }, load: async () => loaded });
    await keys.find('a', 'ES256');
    now -= 600;
    loaded = [{ keyId: 'a', algorithm: 'ES256', publicKey }];
    expect(await keys.find('a', 'ES256')).toMatchObject({ keyId: 'a' });
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
    expect(await keys.find('a', 'ES256')).toMatchObject({ keyId: 'a' });
    now += 1;
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
    now += 30;
    expect(await keys.find('a', 'ES256')).toBe('unavailable');
    isDown = false;
    now += 30;
    expect(await keys.find('a', 'ES256')).toMatchObject({ keyId: 'a' });
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
});
