import { expect, it } from 'vitest';
import { formatJson } from './format-json.js';

it('CX-03 prints no control or direction characters, and loses none', () => {
  const value = { name: 'a\u009b2J\u202eb\u001b[31m\n\u200bc\ufeff\u206ad\u{e0041}', list: ['ü', '漢'] };
  const text = formatJson(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u206a\ufeff\u{e0041}]/u);
  expect(text).toContain('ü');
  expect(JSON.parse(text)).toEqual(value);
});
