import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/paths.js';

/** Rows of the catalogue of abuse cases that what is built so far has to answer, by the first and last of each series. */
const SERIES: readonly (readonly [prefix: string, first: number, last: number])[] = [
  ['AZ', 1, 17],
  ['TK', 1, 6],
  ['CI', 1, 8],
  ['DC', 1, 6],
  // CB-05 and CB-06 are about signing in at a provider.
  ['CB', 1, 4],
  ['CB', 7, 8],
  ['ST', 1, 1],
  ['ST', 4, 5],
  ['F', 1, 3],
  ['F', 11, 11],
];

/** The texts of every file that holds tests: a row counts as proven where a title names it. */
function testTexts(): string[] {
  return ['packages', 'apps', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(\.test|-contract|\.timing)\.ts$/.test(file) && !/(node_modules|\/dist\/)/.test(file))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
  );
}

it('has a test for every abuse case and fault that the product answers', () => {
  const texts = testTexts();
  const rows = SERIES.flatMap(([prefix, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${String(first + index).padStart(2, '0')}`),
  );
  const isNamed = (row: string): boolean =>
    texts.some((text) => new RegExp(`['"\`][^'"\`\\n]*\\b${row}\\b`).test(text));
  expect(rows.filter((row) => !isNamed(row))).toEqual([]);
});
