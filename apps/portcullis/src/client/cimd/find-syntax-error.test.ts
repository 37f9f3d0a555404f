import { describe, expect, it } from 'vitest';
import { findSyntaxError } from './find-syntax-error.js';

describe('where a text stops being JSON', () => {
  it.each([
    ['{"a": 1, "b": x}', 'x'],
    ['{"a": 1,}', '}'],
    ['{"a": 1 "b": 2}', '"b"'],
    ['[1, 2,, 3]', ', 3'],
    ["{'a': 1}", "'a'"],
    ['{"a": "b\nc"}', '"b'],
    ['{"a": 01}', '01'],
    ['{"a": "\\x"}', '"\\x'],
    ['{"a": [1}', '}'],
    ['{"a"}', '}'],
    ['{} {', '{$'],
    ['{"a": tru}', 'tru'],
    ['// x', '//'],
  ])('%j', (text, from) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    const at = from === '{$' ? text.length - 1 : text.indexOf(from);
    expect(findSyntaxError(text)).toBe(at);
  });

  it.each(['', '{"a": [', '{"a":', '{"a": 1'])('is the end of %j', (text) => {
    expect(findSyntaxError(text)).toBe(text.length);
  });

  it.each(['{"a": [1, -2.5e3, "x\\u00e4\\n", null, true, {}, []]}\n', ' 1 ', '"x"'])('is nowhere in %j', (text) => {
    JSON.parse(text);
    expect(findSyntaxError(text)).toBeUndefined();
  });
});
