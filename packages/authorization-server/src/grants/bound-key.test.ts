import { expect, it } from 'vitest';
import { readBoundKey } from './bound-key.js';

const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

it('PD-04 reads the thumbprint of a key, and nothing that says anything besides or else', () => {
  expect(readBoundKey({ jkt })).toBe(jkt);
  for (const cnf of [
    { jkt, kid: 'a' },
    { kid: 'a' },
    {},
    { jkt: 'short' },
    { jkt: 1 },
    [jkt],
    [{ jkt }],
    jkt,
    null,
    undefined,
  ]) {
    expect(readBoundKey(cnf)).toBeUndefined();
  }
});
