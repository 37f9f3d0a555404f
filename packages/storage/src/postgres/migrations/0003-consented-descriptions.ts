import type { Migration } from '../../sql/migration.js';
import { TEXT } from './parts.js';

/** As the fifth step of SQLite. No row of a tenant is changed. */
export const consentedDescriptions: Migration = {
  version: 3,
  name: 'consented-descriptions',
  statements: [`ALTER TABLE consents ADD COLUMN client_description ${TEXT}`],
};
