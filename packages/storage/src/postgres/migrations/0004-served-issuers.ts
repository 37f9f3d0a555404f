import type { Migration } from '../../sql/migration.js';
import { ownRowsOnly, TEXT, TIME } from './parts.js';

/** As the sixth step of SQLite. No row of a tenant is changed. */
export const servedIssuers: Migration = {
  version: 4,
  name: 'served-issuers',
  statements: [
    `CREATE TABLE served_issuers (
      tenant_id ${TEXT} NOT NULL PRIMARY KEY,
      issuer ${TEXT} NOT NULL,
      noted_at ${TIME} NOT NULL
    )`,
    ...ownRowsOnly('served_issuers'),
  ],
};
