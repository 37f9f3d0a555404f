import type { Migration } from '../../sql/migration.js';

/**
 * Ends are indexed within the tenant. SQLite takes one index a table: told the tenant and a bound on the end, it passed
 * over an index of the ends alone and walked all rows of the tenant, so that a sweep with nothing to do read everything.
 */
export const endsByTenant: Migration = {
  version: 3,
  name: 'ends-by-tenant',
  statements: [
    `DROP INDEX sign_in_sessions_by_end`,
    `CREATE INDEX sign_in_sessions_by_end ON sign_in_sessions (tenant_id, expires_at)`,
    `DROP INDEX authorization_transactions_by_end`,
    `CREATE INDEX authorization_transactions_by_end ON authorization_transactions (tenant_id, expires_at)`,
    `DROP INDEX authorization_codes_by_end`,
    `CREATE INDEX authorization_codes_by_end ON authorization_codes (tenant_id, expires_at)`,
    `DROP INDEX grants_by_end`,
    `CREATE INDEX grants_by_end ON grants (tenant_id, kept_until)`,
    `DROP INDEX refresh_tokens_by_end`,
    `CREATE INDEX refresh_tokens_by_end ON refresh_tokens (tenant_id, expires_at)`,
  ],
};
