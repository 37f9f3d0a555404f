import { nodePlatform } from '@portcullis/ports/node';
import { fail, succeed } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import type { VerifiedAccessToken } from '../access-token.js';
import { createRememberingVerifier } from './remembering-verifier.js';

const NOW = 1_800_000_000;
const platform = { hash: nodePlatform.hash, clock: { nowEpochSeconds: () => NOW } };
const found = succeed({ issuer: 'https://as.test', expiresAtEpochSeconds: NOW + 600 } as VerifiedAccessToken);

describe('createRememberingVerifier', () => {
  it('RS-07 keeps nothing of a hundred thousand tokens that were refused, and the good one stays', async () => {
    let judged = 0;
    const verifier = createRememberingVerifier(
      async (token) => {
        judged += 1;
        return token === 'good'
          ? { verification: found, stillHolds: () => true }
          : { verification: fail({ reason: 'malformed' }) };
      },
      { platform, cacheSize: 2 },
    );
    await verifier.verify('good');
    for (let i = 0; i < 100_000; i += 1) await verifier.verify(`garbage-${i}`);
    expect(judged).toBe(100_001);
    // A cache of two would have lost it to a single pair of refused tokens that were kept.
    expect(verifier.verify('good')).toEqual(found);
  });

  it('does not remember what is not to be remembered, and still judges once for all who ask at once', async () => {
    let judged = 0;
    const verifier = createRememberingVerifier(
      async () => {
        judged += 1;
        return { verification: found };
      },
      { platform },
    );
    await Promise.all([verifier.verify('x'), verifier.verify('x')]);
    expect(judged).toBe(1);
    await verifier.verify('x');
    expect(judged).toBe(2);
  });

  it('is not stuck on a judge that rejects', async () => {
    let isBroken = true;
    const verifier = createRememberingVerifier(
      async () => {
        if (isBroken) throw new Error('broken');
        return { verification: found };
      },
      { platform },
    );
    await expect(verifier.verify('x')).rejects.toThrow('broken');
    isBroken = false;
    expect(await verifier.verify('x')).toEqual(found);
  });
});
