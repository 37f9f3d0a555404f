import { expect, it } from 'vitest';
import { useOfDpopProof } from './dpop-proof-use.js';

const proof = { keyThumbprint: 'k', proofId: 'p', nonce: undefined, issuedAtEpochSeconds: 1000 };
const use = (over: Partial<typeof proof> = {}) => useOfDpopProof({ ...proof, ...over }, (text) => text);

it('PD-03 tells proofs apart by their key and their id alone, whatever these hold', () => {
  expect(use({ issuedAtEpochSeconds: 1001 }).proofHash).toBe(use().proofHash);
  const ids = [use(), use({ proofId: 'q' }), use({ keyThumbprint: 'k"' }), use({ keyThumbprint: 'k","p' })];
  expect(new Set(ids.map(({ proofHash }) => proofHash)).size).toBe(4);
});

it('PD-03 has a proof remembered when a clock that is 60 s behind still finds it in its time', () => {
  // The last moment of the window is 1060, and the other clock then shows 1120.
  expect(use().expiresAtEpochSeconds).toBe(1121);
  expect(use({ issuedAtEpochSeconds: 1000.5 }).expiresAtEpochSeconds).toBe(1122);
});
