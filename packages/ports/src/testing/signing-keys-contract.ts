import { describe, expect, it } from 'vitest';
import type { StoredSigningKey } from '../stores/signing-keys.js';
import { event, MARK_LIFETIME_SECONDS, NOW, signingKey, TENANT_B } from './fixtures.js';
import { marksOf } from './scenarios.js';
import { type OpenStorage, useStorage } from './storage-under-test.js';

/** The contract of `SigningKeyStore`. */
export function describeSigningKeyStore(open: OpenStorage): void {
  describe('signing keys', () => {
    const subject = useStorage(open);

    it('lets one of twenty that start at once make the first key', async () => {
      const { storage, countEvents } = subject();
      const keys = Array.from({ length: 20 }, (_, index) => signingKey({ keyId: `key-${index}` }));
      const answers = await Promise.all(
        keys.map((key) => storage.signingKeys.addFirst(key, event('signing_key.created'))),
      );
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
      expect(await storage.signingKeys.list('a')).toEqual([keys[answers.indexOf('added')]]);
      expect(await countEvents('signing_key.created')).toBe(1);
    });

    it('keeps tenants apart: each has its own first key', async () => {
      const { storage } = subject();
      expect(await storage.signingKeys.addFirst(signingKey(), event('signing_key.created'))).toBe('added');
      expect(await storage.signingKeys.list('b')).toEqual([]);
      const other = signingKey({ tenantId: TENANT_B, keyReference: 'of b' });
      expect(await storage.signingKeys.addFirst(other, event('signing_key.created', TENANT_B))).toBe('added');
      expect(await storage.signingKeys.list('a')).toEqual([signingKey()]);
      expect(await storage.signingKeys.list('b')).toEqual([other]);
    });

    const LATER = NOW + 3600;
    const END = LATER + MARK_LIFETIME_SECONDS;
    const addFirst = (key = signingKey()) =>
      subject().storage.signingKeys.addFirst(key, event('signing_key.created', key.tenantId));
    const next = (keyId: string, changes: Partial<StoredSigningKey> = {}) =>
      signingKey({ keyId, createdAtEpochSeconds: NOW + 1, signsFromEpochSeconds: LATER, ...changes });
    const rotate = (key = next('key-2'), predecessor = 'key-1') =>
      subject().storage.signingKeys.rotate(key, predecessor, END, event('signing_key.rotated', key.tenantId));
    const retire = (keyId: string, now = NOW, tenantId = 'a') =>
      subject().storage.signingKeys.retire(
        tenantId,
        keyId,
        { now, markLifetimeSeconds: MARK_LIFETIME_SECONDS },
        event('signing_key.retired', tenantId),
      );

    it('gives every field back, and lists by the time a key signs from, then by id', async () => {
      const { storage } = subject();
      const first = signingKey({ algorithm: 'RS256', signsFromEpochSeconds: NOW + 1 });
      await addFirst(first);
      await rotate(next('key-z'));
      await rotate(next('key-b'), 'key-z');
      await rotate(next('key-a', { signsFromEpochSeconds: NOW }), 'key-b');
      expect(await storage.signingKeys.list('a')).toEqual([
        next('key-a', { signsFromEpochSeconds: NOW }),
        { ...first, verifiesUntilEpochSeconds: END },
        next('key-b', { verifiesUntilEpochSeconds: END }),
        next('key-z', { verifiesUntilEpochSeconds: END }),
      ]);
    });

    it('rotates the last key, and sets an end to it', async () => {
      const { storage, countEvents } = subject();
      await addFirst();
      expect(await rotate()).toBe('rotated');
      expect(await storage.signingKeys.list('a')).toEqual([
        signingKey({ verifiesUntilEpochSeconds: END }),
        next('key-2'),
      ]);
      expect(await countEvents('signing_key.rotated')).toBe(1);
    });

    it('lets one of twenty replicas that rotate at once have its way, and the others change nothing', async () => {
      const { storage, countEvents } = subject();
      await addFirst();
      const keys = Array.from({ length: 20 }, (_, index) => next(`next-${index}`));
      const answers = await Promise.all(keys.map((key) => rotate(key)));
      expect(answers.filter((answer) => answer === 'rotated')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'superseded')).toHaveLength(19);
      expect(await storage.signingKeys.list('a')).toEqual([
        signingKey({ verifiesUntilEpochSeconds: END }),
        keys[answers.indexOf('rotated')],
      ]);
      expect(await countEvents('signing_key.rotated')).toBe(1);
    });

    it('rotates nothing from a key that has a successor, or that it does not know, and keeps the first end', async () => {
      const { storage } = subject();
      expect(await rotate()).toBe('superseded');
      expect(await storage.signingKeys.list('a')).toEqual([]);
      await addFirst();
      expect(await rotate(next('key-2'), 'unknown')).toBe('superseded');
      await rotate();
      expect(await rotate(next('key-3'))).toBe('superseded');
      await storage.signingKeys.rotate(next('key-3'), 'key-2', END + 99, event('signing_key.rotated'));
      const ends = (await storage.signingKeys.list('a')).map((key) => [key.keyId, key.verifiesUntilEpochSeconds]);
      expect(Object.fromEntries(ends)).toEqual({ 'key-1': END, 'key-2': END + 99, 'key-3': undefined });
    });

    it('stores all of a rotation or none: an id that is taken leaves the last key as it is', async () => {
      const { storage, countEvents } = subject();
      await addFirst();
      await expect(rotate(next('key-1'))).rejects.toThrow();
      expect(await storage.signingKeys.list('a')).toEqual([signingKey()]);
      expect(await countEvents('signing_key.rotated')).toBe(0);
    });

    it('never retires the last key, nor the one that signs until its successor does', async () => {
      const { storage, countEvents } = subject();
      await addFirst();
      expect(await retire('key-1')).toBe('last');
      await rotate();
      expect(await retire('key-2')).toBe('last');
      expect(await retire('key-1', LATER - 1)).toBe('last');
      expect(await retire('key-2', LATER)).toBe('last');
      expect(await countEvents('signing_key.retired')).toBe(0);
      expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
      expect(await storage.signingKeys.list('a')).toHaveLength(2);
    });

    it('retires a key once its successor signs: it ends now, and a mark stops what it signed', async () => {
      const { storage, countEvents } = subject();
      await addFirst();
      await rotate();
      expect(await retire('key-1', LATER)).toBe('retired');
      expect((await storage.signingKeys.list('a'))[0]).toEqual(signingKey({ verifiesUntilEpochSeconds: LATER }));
      expect(await marksOf(storage, 'key', 'key-1', LATER)).toEqual([
        expect.objectContaining({ notBeforeEpochSeconds: END, expiresAtEpochSeconds: END }),
      ]);
      expect(await retire('key-1', LATER)).toBe('unknown');
      expect(await countEvents('signing_key.retired')).toBe(1);
    });

    it('knows no key that has left the JWK Set, and none that it never had', async () => {
      await addFirst();
      await rotate();
      expect(await retire('key-1', END)).toBe('unknown');
      expect(await retire('unknown', LATER)).toBe('unknown');
    });

    it('leaves one key that can sign when all of them are retired at once', async () => {
      const { storage } = subject();
      await addFirst();
      await rotate(next('key-2', { signsFromEpochSeconds: NOW }));
      await rotate(next('key-3', { createdAtEpochSeconds: NOW + 2 }), 'key-2');
      const answers = await Promise.all(['key-1', 'key-2', 'key-3', 'key-1', 'key-2'].map((keyId) => retire(keyId)));
      expect(answers.filter((answer) => answer === 'retired')).toHaveLength(1);
      const signing = (await storage.signingKeys.list('a')).filter(
        (key) => key.signsFromEpochSeconds <= NOW && (key.verifiesUntilEpochSeconds ?? NOW + 1) > NOW,
      );
      expect(signing).toHaveLength(1);
    });

    it('never hands the signing back to an older key, which ends before its new tokens would', async () => {
      await addFirst();
      await rotate();
      await rotate(next('key-3', { createdAtEpochSeconds: NOW + 2, signsFromEpochSeconds: LATER + 99 }), 'key-2');
      expect(await retire('key-2', LATER)).toBe('last');
      expect(await retire('key-1', LATER)).toBe('retired');
      expect(await retire('key-2', LATER + 99)).toBe('retired');
    });

    it('keeps tenants apart when it rotates and retires', async () => {
      const { storage } = subject();
      await addFirst();
      await addFirst(signingKey({ tenantId: TENANT_B }));
      await rotate();
      expect(await storage.signingKeys.list('b')).toEqual([signingKey({ tenantId: TENANT_B })]);
      expect(await retire('key-2', LATER, TENANT_B)).toBe('unknown');
      await rotate(next('key-2', { tenantId: TENANT_B }));
      expect(await retire('key-1', LATER, TENANT_B)).toBe('retired');
      expect((await storage.signingKeys.list('a'))[0]?.verifiesUntilEpochSeconds).toBe(END);
    });
  });
}
