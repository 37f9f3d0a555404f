import { nodePlatform } from '@portcullis/ports/node';
import { USER_CODE_ALPHABET } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { drawUserCode } from './draw-user-code.js';

/** A source that yields these bytes, and then those of the platform. */
function scripted(bytes: readonly number[]) {
  const left = [...bytes];
  return {
    bytes: (length: number) => {
      const own = left.splice(0, length);
      return new Uint8Array([...own, ...nodePlatform.random.bytes(length - own.length)]);
    },
  };
}

it('DV-01 ST-05 gives every letter the same number of bytes, and draws anew for the rest', () => {
  const counts = new Map<string, number>();
  for (let byte = 0; byte < 240; byte += 1) {
    const code = drawUserCode(scripted(Array.from({ length: 16 }, () => byte)));
    expect(new Set(code).size).toBe(1);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  expect([...counts.keys()].map(([letter]) => letter).sort()).toEqual([...USER_CODE_ALPHABET].sort());
  expect(new Set(counts.values())).toEqual(new Set([12]));

  const unfair = Array.from({ length: 16 }, (_, index) => 240 + index);
  expect(drawUserCode(scripted([...unfair, ...Array.from({ length: 16 }, () => 19)]))).toBe('ZZZZZZZZ');
});

it('DV-01 is 8 letters of the alphabet, another one each time', () => {
  const codes = Array.from({ length: 1000 }, () => drawUserCode(nodePlatform.random));
  for (const code of codes) expect(code).toMatch(new RegExp(`^[${USER_CODE_ALPHABET}]{8}$`));
  expect(new Set(codes).size).toBe(1000);
});
