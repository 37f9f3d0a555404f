import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROGRAM_NAME } from './program-name.js';

const ROOT = new URL('../../../', import.meta.url);

it('is what the documentation tells people to type', () => {
  const pages = (readdirSync(new URL('docs/', ROOT), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md') && !name.startsWith('adr'))
    .map((name) => `docs/${name}`);
  expect(pages.length).toBeGreaterThan(5);
  const commands = 'gateway|users|clients|resources|keys|migrate|login|connect|help';
  const short = new RegExp(`.*(?<!npx )(?<![\\w./-])portcullis (?:${commands})\\b.*`, 'g');
  const found = ['README.md', ...pages].flatMap((page) =>
    [...readFileSync(new URL(page, ROOT), 'utf8').matchAll(short)].map(([line]) => `${page}: ${line}`),
  );
  expect(PROGRAM_NAME).toBe('npx portcullis');
  expect(found).toEqual([]);
});
