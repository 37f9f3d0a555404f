import type { Migration } from '../../sql/migration.js';

/** What a client said of itself when a user consented. What it said at consents of before is known to nobody any more. */
export const consentedDescriptions: Migration = {
  version: 5,
  name: 'consented-descriptions',
  statements: [`ALTER TABLE consents ADD COLUMN client_description TEXT`],
};
