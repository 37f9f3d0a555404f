import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { ROOT } from '../support/paths.js';
import { findTypeErrors } from '../support/typed-blocks.js';

// The TypeScript of the manual of the authorization server as a library, type-checked against the built packages.

it('every block of TypeScript is a module without an error', () => {
  const documents = [
    'docs/authorization-server.md',
    'docs/authorization-server/embedding.md',
    'docs/authorization-server/token-exchange.md',
  ];
  const blocks = documents.flatMap((document) =>
    codeBlocks(readFileSync(join(ROOT, document), 'utf8')).filter(({ language }) => language === 'ts'),
  );
  expect(findTypeErrors(blocks.map(({ code }) => code))).toEqual([]);
  expect(blocks).toHaveLength(7);
});
