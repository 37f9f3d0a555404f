import { expect, it } from 'vitest';
import { checkScheme } from './check-scheme.js';

it.each([
  ['Bearer', 'key', false, 'access_token.unproven', 'sender_constrained'],
  ['Bearer', 'key', true, 'access_token.unproven', 'sender_constrained'],
  ['Bearer', undefined, true, 'access_token.refused', 'not_sender_constrained'],
  ['DPoP', undefined, false, 'access_token.refused', 'not_sender_constrained'],
  ['DPoP', undefined, true, 'access_token.refused', 'not_sender_constrained'],
] as const)(
  'PD-04 %s, bound to %s, where bound ones are required: %s',
  (scheme, proofKey, isRequired, event, reason) => {
    expect(checkScheme(scheme, proofKey, isRequired)).toMatchObject({ event, reason });
  },
);

it('PD-04 has nothing against a bound token by DPoP, and another by Bearer where that is enough', () => {
  for (const isRequired of [true, false]) expect(checkScheme('DPoP', 'key', isRequired)).toBeUndefined();
  expect(checkScheme('Bearer', undefined, false)).toBeUndefined();
});

it('PD-04 tells its sender what to do in the characters that may be sent', () => {
  const words = [checkScheme('Bearer', 'key', false), checkScheme('DPoP', undefined, false)]
    .concat(checkScheme('DPoP', undefined, true))
    .map((refusal) => refusal?.description);
  expect(new Set(words).size).toBe(3);
  for (const sentence of words) expect(sentence).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
});
