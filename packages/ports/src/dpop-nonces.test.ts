import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDpopNonces } from './dpop-nonces.js';

/** The beginning of a minute. */
const START = 1_800_000_000;
const SECRET = new Uint8Array(32).fill(7);

const at = (now: number, secret = SECRET, purpose = 'tests') =>
  createDpopNonces(secret, purpose, { nowEpochSeconds: () => now });

describe('nonces of proofs', () => {
  it('are the same for a minute, fit into a header, and are others in the next', async () => {
    const nonce = await at(START).current();
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]{20,64}$/);
    expect(await at(START + 59).current()).toBe(nonce);
    expect(await at(START + 60).current()).not.toBe(nonce);
  });

  it('PD-05 count in every process with the secret, for four minutes at least and five at most', async () => {
    const first = await at(START).current();
    const last = await at(START + 59).current();
    expect(await at(START + 299).accepts(first)).toBe(true);
    expect(await at(START + 59 + 240).accepts(last)).toBe(true);
    expect(await at(START + 300).accepts(first)).toBe(false);
  });

  it('PD-05 count where the clock is a minute behind, and no further', async () => {
    const nonce = await at(START).current();
    expect(await at(START - 60).accepts(nonce)).toBe(true);
    expect(await at(START - 61).accepts(nonce)).toBe(false);
  });

  it('PD-05 of another secret, or for another purpose, are none', async () => {
    const nonce = await at(START).current();
    expect(await at(START, new Uint8Array(32).fill(8)).accepts(nonce)).toBe(false);
    expect(await at(START, SECRET, 'others').accepts(nonce)).toBe(false);
  });

  it('PD-05 cannot be made from one another', async () => {
    const nonce = await at(START).current();
    const [slot = '', mac = ''] = nonce.split('.');
    const next = (Number.parseInt(slot, 36) + 1).toString(36);
    const made = [
      `${next}.${mac}`,
      `0${nonce}`,
      `${slot.toUpperCase()}.${mac}`,
      `${nonce}A`,
      `${nonce} `,
      nonce.slice(1),
    ];
    for (const text of [...made, mac, slot, `${slot}.`, '', '.', 'NaN.x', `-1.${mac}`]) {
      expect(await at(START).accepts(text), text).toBe(false);
    }
  });

  it('PD-05 no other text is one', async () => {
    const nonces = at(START);
    const nonce = await nonces.current();
    const [slot = ''] = nonce.split('.');
    const text = fc.oneof(
      fc.string(),
      fc.string().map((mac) => `${slot}.${mac}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (candidate) => {
        expect(await nonces.accepts(candidate)).toBe(candidate === nonce);
      }),
    );
  });

  it('PD-05 are accepted or not by their age alone', async () => {
    const times = fc.integer({ min: START, max: START + 3600 });
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: -600, max: 600 }), async (made, later) => {
        const minutes = Math.floor((made + later) / 60) - Math.floor(made / 60);
        const nonce = await at(made).current();
        expect(await at(made + later).accepts(nonce)).toBe(minutes >= -1 && minutes <= 4);
      }),
      { numRuns: 50 },
    );
  });
});
