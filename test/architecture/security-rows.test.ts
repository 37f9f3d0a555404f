import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/paths.js';
import { testTitles } from './test-titles.js';

/** Rows of the catalogue of abuse cases that what is built so far has to answer, by the first and last of each series. */
const SERIES: readonly (readonly [prefix: string, first: number, last: number])[] = [
  ['AZ', 1, 17],
  ['TK', 1, 6],
  ['CI', 1, 8],
  ['DC', 1, 6],
  ['DV', 1, 1],
  ['PD', 1, 5],
  // CB-05 and CB-06 are about signing in at a provider.
  ['CB', 1, 4],
  ['CB', 7, 8],
  ['CX', 1, 8],
  ['ST', 1, 1],
  ['ST', 4, 5],
  ['CL', 1, 11],
  ['RS', 1, 12],
  ['XG', 1, 7],
  ['TN', 1, 3],
  ['F', 1, 3],
  ['F', 5, 5],
  ['F', 11, 11],
];

/** Every file that holds tests, contract suites included. */
function testFiles(): string[] {
  return ['packages', 'apps', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(\.test|-contract|\.timing)\.ts$/.test(file) && !/(node_modules|\/dist\/)/.test(file))
      .map((file) => join(ROOT, folder, file)),
  );
}

it('has a test for every abuse case and fault that the product answers, named in its title', () => {
  const titles = testFiles().flatMap((file) => testTitles(file, readFileSync(file, 'utf8')));
  expect(titles.length).toBeGreaterThan(1500);
  const rows = SERIES.flatMap(([prefix, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${String(first + index).padStart(2, '0')}`),
  );
  const isNamed = (row: string): boolean => titles.some((title) => new RegExp(`\\b${row}\\b`).test(title));
  expect(rows.filter((row) => !isNamed(row))).toEqual([]);
});
