import { secretReference, strictObject } from './building-blocks.js';

/** PostgreSQL in place of SQLite. A URL holds a password, so it stands here by reference only. */
export const databaseSchema = strictObject({
  url: secretReference.describe(
    'postgres://USER:PASSWORD@HOST:PORT/NAME. DATABASE_URL in the environment wins over it.',
  ),
  migrationUrl: secretReference
    .optional()
    .describe('Login that migrates, where the one that serves may not. DATABASE_MIGRATION_URL wins over it.'),
});
