import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../audit.js';
import type { StoredSigningKey } from '../stores/signing-keys.js';
import { createMemoryStorage, type MemoryStorage } from './memory-storage.js';

const NOW = 1_800_000_000;
const event: AuditEvent = {
  type: 'signing_key.rotated',
  outcome: 'allowed',
  tenantId: 'a',
  occurredAtEpochSeconds: NOW,
};

function key(keyId: string, createdAt: number, signsFrom: number): StoredSigningKey {
  return {
    tenantId: 'a',
    keyId,
    algorithm: 'ES256',
    publicJwk: '{}',
    keyReference: keyId,
    createdAtEpochSeconds: createdAt,
    signsFromEpochSeconds: signsFrom,
    verifiesUntilEpochSeconds: undefined,
  };
}

let storage: MemoryStorage;
const retire = (keyId: string, now: number) =>
  storage.signingKeys.retire('a', keyId, { now, markLifetimeSeconds: 630 }, event);
const endOf = async (keyId: string) =>
  (await storage.signingKeys.list('a')).find((one) => one.keyId === keyId)?.verifiesUntilEpochSeconds;

beforeEach(async () => {
  storage = createMemoryStorage();
  await storage.signingKeys.addFirst(key('first', NOW, NOW), event);
  await storage.signingKeys.rotate(key('second', NOW + 100, NOW + 1000), 'first', NOW + 1660, event);
});

describe('rotating', () => {
  it('ends the predecessor when told, and no key that has its end already', async () => {
    await storage.signingKeys.rotate(key('third', NOW + 200, NOW + 1100), 'second', NOW + 1760, event);
    expect(await endOf('first')).toBe(NOW + 1660);
    expect(await endOf('second')).toBe(NOW + 1760);
    expect(await endOf('third')).toBeUndefined();
  });

  it('lets one of two that follow the same key win, and changes nothing for the other', async () => {
    expect(await storage.signingKeys.rotate(key('rival', NOW + 100, NOW + 1000), 'first', NOW + 1, event)).toBe(
      'superseded',
    );
    expect(await storage.signingKeys.list('a')).toHaveLength(2);
    expect(await endOf('first')).toBe(NOW + 1660);
    expect(storage.events).toHaveLength(2);
  });
});

describe('retiring', () => {
  it('refuses the key that signs and the one that is about to, and does nothing', async () => {
    expect(await retire('first', NOW + 999)).toBe('last');
    expect(await retire('second', NOW + 999)).toBe('last');
    expect(await retire('second', NOW + 1000)).toBe('last');
    expect(await retire('none', NOW)).toBe('unknown');
    expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
    expect(storage.events).toHaveLength(2);
  });

  it('ends a key at once and marks it when a later one signs', async () => {
    expect(await retire('first', NOW + 1000)).toBe('retired');
    expect(await endOf('first')).toBe(NOW + 1000);
    const marks = await storage.revocationMarks.after('a', 0, NOW + 1000);
    expect(marks).toMatchObject([{ kind: 'key', value: 'first', notBeforeEpochSeconds: NOW + 1630 }]);
    expect(await retire('first', NOW + 1000)).toBe('unknown');
  });

  it('never hands the signing back to an older key, which would end before its new tokens do', async () => {
    await storage.signingKeys.rotate(key('third', NOW + 1500, NOW + 2400), 'second', NOW + 3060, event);
    expect(await retire('second', NOW + 1500)).toBe('last');
    expect(await retire('first', NOW + 1500)).toBe('retired');
    expect(await retire('second', NOW + 2400)).toBe('retired');
  });

  it('goes by the order in which keys were made: one that never signed goes once a later one signs', async () => {
    await storage.signingKeys.rotate(key('third', NOW + 200, NOW + 200), 'second', NOW + 860, event);
    expect(await retire('second', NOW + 200)).toBe('retired');
    expect(await retire('first', NOW + 200)).toBe('retired');
    expect(await retire('third', NOW + 2000)).toBe('last');
  });
});
