import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromStored, toStored } from './bindable.js';

describe('stored values', () => {
  it('come back as they were, and hold no NUL', () => {
    const troublesome = fc.string({ unit: fc.constantFrom('\u0000', '\u001b', '0', '1', 'a', 'é', '🏰') });
    fc.assert(
      fc.property(fc.oneof(troublesome, fc.string()), (text) => {
        const stored = toStored(text);
        expect(stored).not.toContain('\u0000');
        expect(fromStored(stored)).toBe(text);
      }),
    );
  });

  it('are numbers and null as they are', () => {
    for (const value of [0, -1, Number.MAX_SAFE_INTEGER, null]) expect(fromStored(toStored(value))).toBe(value);
  });

  it.each([true, undefined, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, 1n, {}, [], Symbol('s'), new Date(0)])(
    'are never a %s',
    (value) => {
      expect(() => toStored(value)).toThrow(TypeError);
    },
  );

  it('ST-01 name the type and never the value when they are refused', () => {
    expect(() => toStored(['a secret'])).toThrow(/^A object cannot be stored as it is$/);
  });
});
