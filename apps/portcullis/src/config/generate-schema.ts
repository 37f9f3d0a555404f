import { writeFileSync } from 'node:fs';
import { configJsonSchema } from './json-schema.js';

// Writes apps/portcullis/schema/portcullis.schema.json: `node apps/portcullis/dist/config/generate-schema.js`.
writeFileSync(new URL('../../schema/portcullis.schema.json', import.meta.url), configJsonSchema());
