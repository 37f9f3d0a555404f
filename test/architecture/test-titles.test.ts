import { expect, it } from 'vitest';
import { testTitles } from './test-titles.js';

const titles = (text: string): readonly string[] => testTitles('some.test.ts', text);

it.each<[string, string, readonly string[]]>([
  ['it, test and describe', `describe('a', () => { it("b", f); test(\`c\`, f); });`, ['a', 'b', 'c']],
  ['a title with a modifier', `describe.concurrent('a', f); it.only('b', f);`, ['a', 'b']],
  ['the parts of a template that are text', `it(\`AZ-05 \${many} at once\`, f);`, ['AZ-05  at once']],
  ['a title in two parts', `it('AZ-05 ' + 'twice', f);`, ['AZ-05 twice']],
  ['a generic table', `it.each<[string]>([['x']])('AZ-05 %s', f);`, ['AZ-05 x']],
  ['each row of a table', `it.each([['AZ-05', 1], ['AZ-06', 2]])('%s: %i', f);`, ['AZ-05: ', 'AZ-06: ']],
  ['rows of one cell', `it.for(['AZ-05', 'AZ-06'] as const)('%s', f);`, ['AZ-05', 'AZ-06']],
  ['rows of objects', `it.each([{ id: 'AZ-05', of: n }])('$id of $of', f);`, ['AZ-05 of ']],
  ['a table above', `const rows = [['AZ-05']] satisfies Row[]; describe.each(rows)('%s', f);`, ['AZ-05']],
  ['tables in a table', `const a = ['AZ-05']; it.each([...a, 'AZ-06'])('%s', f);`, ['AZ-05', 'AZ-06']],
  ['the keys of an object', `const all = { 'AZ-05': 1, b: 2 }; it.each(Object.entries(all))('%s', f);`, ['AZ-05', 'b']],
  ['the title over a table from elsewhere', `it.each(imported)('AZ-05 %s', f);`, ['AZ-05 %s']],
])('reads %s', (_, text, expected) => {
  expect(titles(text)).toEqual(expected);
});

it.each([
  ['a comment', `// it('AZ-05', f)`],
  ['a text', `const it = "it('AZ-05', f)";`],
  ['the body of a test', `it('a', () => { expect('AZ-05').toBe(name('AZ-05')); });`],
  ['a cell that no placeholder takes', `it.each([['a', 'AZ-05']])('%s', f);`],
  ['what is put into a template', `it(\`\${"AZ-05"}\`, f);`],
  ['a test that is skipped', `it.skip('AZ-05', f); it.todo('AZ-05'); it.skipIf(yes)('AZ-05', f);`],
  ['a function of another name', `verify('AZ-05', f); suite.it('AZ-05', f);`],
  ['an object that is no table', `const o = { 'AZ-05': 1 }; it.each(Object.values(o))('%s', f);`],
])('reads no title in %s', (_, text) => {
  expect(titles(text).join()).not.toContain('AZ-05');
});
