import { z } from 'zod';
import { configSchema } from './schema/config-schema.js';

/** The JSON Schema of `portcullis.yaml`, for editors, as the text of `schema/portcullis.schema.json`. Draft 7, which
 * YAML language servers read. It says what shape is allowed; rules across keys are checked by the program alone. */
export function configJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ $schema, title: 'portcullis.yaml', ...schema }, null, 2)}\n`;
}
