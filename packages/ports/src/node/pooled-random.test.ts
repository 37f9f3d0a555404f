import { expect, it } from 'vitest';
import { createPooledRandom } from './pooled-random.js';

it('ST-05 gives out fresh bytes of every length, none of them twice and none left as zeros', () => {
  const random = createPooledRandom();
  const seen = new Set<string>();
  for (let round = 0; round < 20_000; round += 1) {
    const length = [12, 16, 32, 64, 65, 200][round % 6] ?? 16;
    const bytes = random.bytes(length);
    expect(bytes).toHaveLength(length);
    seen.add(Buffer.from(bytes.subarray(0, 12)).toString('hex'));
  }
  expect(seen.size).toBe(20_000);
  expect(seen).not.toContain('0'.repeat(24));
});

it('ST-05 draws every value of a byte about as often', () => {
  const random = createPooledRandom();
  const counts = new Array<number>(256).fill(0);
  for (let round = 0; round < 8192; round += 1) {
    for (const byte of random.bytes(32)) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  // 1024 each on average, with a standard deviation of 32: ten of those is never.
  for (const count of counts) expect(Math.abs(count - 1024)).toBeLessThan(320);
});

it('answers with bytes of their own: what is done to them reaches no later ones', () => {
  const random = createPooledRandom();
  const first = random.bytes(16);
  const copy = Uint8Array.from(first);
  const second = random.bytes(16);
  second.fill(0);
  expect(first).toEqual(copy);
  expect(random.bytes(16)).not.toEqual(new Uint8Array(16));
});
