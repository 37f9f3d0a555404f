import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { expect, it } from 'vitest';
import { isKeyThumbprint } from './key-thumbprint.js';

const THUMBPRINT = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

it('takes the one of a key for one', async () => {
  expect(isKeyThumbprint(THUMBPRINT)).toBe(true);
  const { publicKey } = await generateKeyPair('ES256');
  expect(isKeyThumbprint(await calculateJwkThumbprint(await exportJWK(publicKey), 'sha256'))).toBe(true);
});

it.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['one character too few', THUMBPRINT.slice(1)],
  ['one too many', `${THUMBPRINT}A`],
  ['padding', `${THUMBPRINT}=`],
  ['the other alphabet', THUMBPRINT.replace('-', '+')],
  ['one with bits to spare', THUMBPRINT.replace(/s$/, 't')],
  ['a line break at the end', `${THUMBPRINT}\n`],
  ['a list', [THUMBPRINT]],
])('takes %s for none', (_title, value) => {
  expect(isKeyThumbprint(value)).toBe(false);
});
