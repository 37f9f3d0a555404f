import { describe, expect, it } from 'vitest';
import { nodePlatform } from './node/index.js';
import { createSealer } from './sealer.js';

const secret = (fill: number) => new Uint8Array(32).fill(fill);
const sealer = createSealer(secret(1), 'purpose', nodePlatform.random);
const TEXT = 'a text: é 🏰';

describe('createSealer', () => {
  it.each(['', TEXT, 'x'.repeat(10_000)])('opens what it sealed', async (text) => {
    const sealed = await sealer.seal(text, 'tenant:row');
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(await sealer.open(sealed, 'tenant:row')).toBe(text);
    const later = createSealer(secret(1), 'purpose', nodePlatform.random);
    expect(await later.open(sealed, 'tenant:row')).toBe(text);
  });

  it('never seals alike twice', async () => {
    expect(await sealer.seal(TEXT, 'row')).not.toBe(await sealer.seal(TEXT, 'row'));
  });

  it('ST-01 opens nothing that was moved to another row or tenant', async () => {
    const sealed = await sealer.seal(TEXT, 'tenant-a:row-1');
    for (const context of ['tenant-b:row-1', 'tenant-a:row-2', '']) {
      expect(await sealer.open(sealed, context)).toBeUndefined();
    }
  });

  it('ST-01 opens nothing under another secret or for another purpose', async () => {
    const sealed = await sealer.seal(TEXT, 'row');
    for (const other of [
      createSealer(secret(2), 'purpose', nodePlatform.random),
      createSealer(secret(1), 'another purpose', nodePlatform.random),
    ]) {
      expect(await other.open(sealed, 'row')).toBeUndefined();
    }
  });

  it('F-12 takes no secret that is shorter than 32 bytes, nor a text for one', () => {
    for (const short of [new Uint8Array(0), new Uint8Array(31), 'a'.repeat(43) as never]) {
      expect(() => createSealer(short, 'purpose', nodePlatform.random)).toThrow(
        /^createSealer: the secret needs 32 bytes/,
      );
    }
  });

  it('opens nothing that was changed, cut, or is no sealed text at all', async () => {
    const sealed = await sealer.seal(TEXT, 'row');
    const middle = Math.floor(sealed.length / 2);
    const flipped = sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1);
    for (const text of [flipped, sealed.slice(0, -4), sealed.slice(0, 16), '', 'A', '!', `${sealed}=`]) {
      expect(await sealer.open(text, 'row')).toBeUndefined();
    }
  });
});
