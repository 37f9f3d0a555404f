import type { PasswordHasher } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPasswordHasher } from './password-hasher.js';

let hasher: PasswordHasher;
beforeAll(async () => {
  hasher = await createPasswordHasher(nodePlatform);
});

describe('password hashes', () => {
  it('are Argon2id with a salt of their own, and name their cost', async () => {
    const [one, two] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('open for the password however its accents are composed', async () => {
    const stored = await hasher.hash('caf\u00e9 au lait');
    expect(await hasher.verify(stored, 'cafe\u0301 au lait')).toBe(true);
    expect(await hasher.verify(stored, 'cafe au lait')).toBe(false);
  });

  it('open for their password only', async () => {
    const stored = await hasher.hash('correct horse');
    expect(await hasher.verify(stored, 'correct horse')).toBe(true);
    expect(await hasher.verify(stored, 'Correct horse')).toBe(false);
    expect(await hasher.verify(undefined, 'correct horse')).toBe(false);
    expect(await hasher.verify('not a hash', 'correct horse')).toBe(false);
  });

  it('cost as much for an unknown user as for a wrong password', async () => {
    const stored = await hasher.hash('correct horse');
    const time = async (hash: string | undefined): Promise<number> => {
      const started = performance.now();
      await hasher.verify(hash, 'wrong');
      return performance.now() - started;
    };
    const [known, unknown] = [await time(stored), await time(undefined)];
    // A generous bound: skipping the work would be a thousand times faster.
    expect(unknown).toBeGreaterThan(known / 10);
  });
});
