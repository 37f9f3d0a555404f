import type { Migration } from '../../sql/migration.js';

/**
 * Clients with keys and documents, registered resource servers, consents, keys that follow each other, users who sign in
 * elsewhere or are disabled, and marks that are numbered per tenant.
 */
export const authorizationServerCore: Migration = {
  version: 2,
  name: 'authorization-server-core',
  statements: [
    `ALTER TABLE clients ADD COLUMN jwks TEXT`,
    `ALTER TABLE clients ADD COLUMN jwks_uri TEXT`,
    `ALTER TABLE clients ADD COLUMN document_fingerprint TEXT`,
    `ALTER TABLE clients ADD COLUMN document_fetched_at INTEGER`,
    `ALTER TABLE clients ADD COLUMN document_fresh_until INTEGER`,
    `ALTER TABLE clients ADD COLUMN document_entity_tag TEXT`,
    `DROP INDEX clients_never_used`,
    `CREATE INDEX clients_nobody_vouched_for ON clients (tenant_id, created_at)
      WHERE source IN ('dynamic', 'metadata_document')`,

    `CREATE TABLE client_approvals (
      tenant_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      client_name TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
      requested_at INTEGER NOT NULL,
      decided_at INTEGER,
      PRIMARY KEY (tenant_id, client_id)
    ) STRICT`,
    `CREATE INDEX client_approvals_waiting ON client_approvals (tenant_id, requested_at) WHERE status = 'pending'`,

    `CREATE TABLE resource_servers (
      tenant_id TEXT NOT NULL,
      resource TEXT NOT NULL,
      resource_server_id TEXT NOT NULL,
      secret_hash TEXT NOT NULL,
      definition TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, resource),
      UNIQUE (tenant_id, resource_server_id)
    ) STRICT`,

    // A user without a password is a table rebuilt: the column was NOT NULL, and names were unique among all.
    `CREATE TABLE users_rebuilt (
      tenant_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      username TEXT NOT NULL,
      password_hash TEXT,
      disabled_at INTEGER,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, subject)
    ) STRICT`,
    `INSERT INTO users_rebuilt (tenant_id, subject, username, password_hash, disabled_at, created_at)
      SELECT tenant_id, subject, username, password_hash, NULL, created_at FROM users`,
    `DROP TABLE users`,
    `ALTER TABLE users_rebuilt RENAME TO users`,
    `CREATE UNIQUE INDEX users_one_password_for_a_name ON users (tenant_id, username) WHERE password_hash IS NOT NULL`,

    `ALTER TABLE authorization_codes ADD COLUMN client_auth_method TEXT NOT NULL DEFAULT 'none'`,
    `UPDATE authorization_codes SET client_auth_method = coalesce((SELECT c.token_endpoint_auth_method FROM clients AS c
      WHERE c.tenant_id = authorization_codes.tenant_id AND c.client_id = authorization_codes.client_id), 'none')`,
    `ALTER TABLE grants ADD COLUMN client_auth_method TEXT NOT NULL DEFAULT 'none'`,
    `UPDATE grants SET client_auth_method = coalesce((SELECT c.token_endpoint_auth_method FROM clients AS c
      WHERE c.tenant_id = grants.tenant_id AND c.client_id = grants.client_id), 'none')`,
    `ALTER TABLE grants ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0`,
    `UPDATE grants SET last_used_at = coalesce((SELECT max(r.rotated_at) FROM refresh_tokens AS r
      WHERE r.tenant_id = grants.tenant_id AND r.grant_id = grants.grant_id), created_at)`,
    `CREATE INDEX grants_by_client ON grants (tenant_id, client_id)`,
    // It was the first use; it is the last one now.
    `UPDATE clients SET used_at = max(used_at, coalesce((SELECT max(g.last_used_at) FROM grants AS g
      WHERE g.tenant_id = clients.tenant_id AND g.client_id = clients.client_id), used_at)) WHERE used_at IS NOT NULL`,

    `CREATE TABLE consents (
      tenant_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      client_id TEXT NOT NULL,
      resource TEXT NOT NULL,
      scopes TEXT NOT NULL,
      document_fingerprint TEXT,
      granted_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, subject, client_id, resource)
    ) STRICT`,
    `CREATE INDEX consents_by_client ON consents (tenant_id, client_id)`,

    `CREATE TABLE one_time_ids (
      tenant_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      id_hash TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, kind, id_hash)
    ) STRICT`,
    `CREATE INDEX one_time_ids_by_end ON one_time_ids (tenant_id, expires_at)`,

    `CREATE TABLE turns (
      tenant_id TEXT NOT NULL,
      name TEXT NOT NULL,
      turn INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, name)
    ) STRICT`,
    // Numbers go on from the highest that any tenant ever had, so whoever follows the marks sees the new ones.
    `INSERT INTO turns (tenant_id, name, turn)
      SELECT DISTINCT tenant_id, 'revocation_marks', (SELECT seq FROM sqlite_sequence WHERE name = 'revocation_marks')
      FROM revocation_marks`,
    `CREATE TABLE revocation_marks_rebuilt (
      tenant_id TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      kind TEXT NOT NULL,
      value TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, sequence)
    ) STRICT`,
    `INSERT INTO revocation_marks_rebuilt (tenant_id, sequence, kind, value, not_before, expires_at)
      SELECT tenant_id, sequence, kind, value, not_before, expires_at FROM revocation_marks`,
    `DROP TABLE revocation_marks`,
    `ALTER TABLE revocation_marks_rebuilt RENAME TO revocation_marks`,
    `CREATE INDEX revocation_marks_by_value ON revocation_marks (tenant_id, kind, value)`,
    `CREATE INDEX revocation_marks_by_end ON revocation_marks (tenant_id, expires_at)`,

    // A value from before makes no refresh token that there is, which is refused and ends nothing.
    `ALTER TABLE refresh_tokens RENAME COLUMN sealed_successor TO successor_salt`,

    // What was the sealed private key is the reference that the built-in key service opens.
    `ALTER TABLE signing_keys RENAME COLUMN sealed_private_jwk TO key_reference`,
    `ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0`,
    `UPDATE signing_keys SET signs_from = created_at`,
    `ALTER TABLE signing_keys ADD COLUMN verifies_until INTEGER`,
  ],
};
