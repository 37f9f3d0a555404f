import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.js';

// When this fails: build, run `node apps/portcullis/dist/config/generate-schema.js`, then format.
it('schema/portcullis.schema.json is the shape the program checks', () => {
  const committed = readFileSync(new URL('../../schema/portcullis.schema.json', import.meta.url), 'utf8');
  // The formatter lays the file out, so the values are compared.
  expect(JSON.parse(committed)).toEqual(JSON.parse(configJsonSchema()));
});
