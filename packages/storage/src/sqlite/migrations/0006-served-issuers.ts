import type { Migration } from '../../sql/migration.js';

/** Which issuer the store was last served as. No row of a tenant is changed. */
export const servedIssuers: Migration = {
  version: 6,
  name: 'served-issuers',
  statements: [
    `CREATE TABLE served_issuers (
      tenant_id TEXT NOT NULL PRIMARY KEY,
      issuer TEXT NOT NULL,
      noted_at INTEGER NOT NULL
    ) STRICT`,
  ],
};
