import { createDpopNonces, dpopNoncePurpose } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { openDpopNonces } from './dpop-nonces.js';
import { ISSUER } from './testing/fixtures.js';
import { startTestServer } from './testing/test-server.js';

const nonceSecret = new Uint8Array(32).fill(9);
const clock = { nowEpochSeconds: () => 1_800_000_000 };
const open = (requireNonce: boolean, issuer = ISSUER) =>
  openDpopNonces({ issuer, dpop: { requireNonce, nonceSecret } }, clock);

it('PD-05 are those of the origin of the issuer, its resources’ too, and of none where they are not required', async () => {
  const nonce = (await open(true)?.current()) ?? '';
  expect(await open(true)?.accepts(nonce)).toBe(true);
  expect(await createDpopNonces(nonceSecret, dpopNoncePurpose(`${ISSUER}/mcp`), clock).accepts(nonce)).toBe(true);
  expect(await open(true, 'https://other.test')?.accepts(nonce)).toBe(false);
  expect(open(false)).toBeUndefined();
});

describe('options that cannot work', () => {
  it.each<[string, object, string]>([
    ['nonces without a secret', { requireNonce: true }, 'dpop.requireNonce: needs a dpop.nonceSecret'],
    ['a short secret', { nonceSecret: new Uint8Array(31) }, 'dpop.nonceSecret: needs 32 bytes or more'],
    ['a slip of the pen', { requireNonces: true }, 'dpop.requireNonces: there is no such option'],
  ])('%s', async (_title, dpop, message) => {
    await expect(startTestServer({ dpop })).rejects.toThrow(message);
  });
});
