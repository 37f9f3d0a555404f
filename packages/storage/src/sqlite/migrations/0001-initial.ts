import type { Migration } from '../../sql/migration.js';

/** Everything of the first release. STRICT tables: a value of the wrong type is an error, not a conversion. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: [
    `CREATE TABLE clients (
      tenant_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      source TEXT NOT NULL,
      client_name TEXT NOT NULL,
      redirect_uris TEXT NOT NULL,
      token_endpoint_auth_method TEXT NOT NULL,
      client_secret_hash TEXT,
      grant_types TEXT NOT NULL,
      scopes TEXT,
      application_type TEXT NOT NULL,
      client_uri TEXT,
      created_at INTEGER NOT NULL,
      used_at INTEGER,
      PRIMARY KEY (tenant_id, client_id)
    ) STRICT`,
    `CREATE INDEX clients_never_used ON clients (created_at) WHERE used_at IS NULL`,

    `CREATE TABLE users (
      tenant_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      username TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, subject),
      UNIQUE (tenant_id, username)
    ) STRICT`,

    `CREATE TABLE sign_in_sessions (
      tenant_id TEXT NOT NULL,
      session_hash TEXT NOT NULL,
      subject TEXT NOT NULL,
      authenticated_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, session_hash)
    ) STRICT`,
    `CREATE INDEX sign_in_sessions_by_subject ON sign_in_sessions (tenant_id, subject)`,
    `CREATE INDEX sign_in_sessions_by_end ON sign_in_sessions (expires_at)`,

    `CREATE TABLE authorization_transactions (
      tenant_id TEXT NOT NULL,
      transaction_hash TEXT NOT NULL,
      browser_hash TEXT NOT NULL,
      client_id TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      state TEXT,
      code_challenge TEXT NOT NULL,
      resource TEXT NOT NULL,
      requested_scopes TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      approved_scopes TEXT,
      subject TEXT,
      authenticated_at INTEGER,
      status TEXT NOT NULL CHECK (status IN ('open', 'issued', 'denied')),
      sealed_response TEXT,
      PRIMARY KEY (tenant_id, transaction_hash),
      CHECK ((status = 'issued') = (sealed_response IS NOT NULL))
    ) STRICT`,
    `CREATE INDEX authorization_transactions_by_subject ON authorization_transactions (tenant_id, subject)`,
    `CREATE INDEX authorization_transactions_by_client ON authorization_transactions (tenant_id, client_id)`,
    `CREATE INDEX authorization_transactions_by_end ON authorization_transactions (expires_at)`,

    `CREATE TABLE authorization_codes (
      tenant_id TEXT NOT NULL,
      code_hash TEXT NOT NULL,
      client_id TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      code_challenge TEXT,
      code_challenge_method TEXT,
      resource TEXT NOT NULL,
      scopes TEXT NOT NULL,
      subject TEXT NOT NULL,
      authenticated_at INTEGER NOT NULL,
      grant_id TEXT NOT NULL,
      issued_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      redeemed_at INTEGER,
      PRIMARY KEY (tenant_id, code_hash)
    ) STRICT`,
    `CREATE INDEX authorization_codes_by_subject ON authorization_codes (tenant_id, subject)`,
    `CREATE INDEX authorization_codes_by_client ON authorization_codes (tenant_id, client_id)`,
    `CREATE INDEX authorization_codes_by_end ON authorization_codes (expires_at)`,

    `CREATE TABLE grants (
      tenant_id TEXT NOT NULL,
      grant_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      client_id TEXT NOT NULL,
      resource TEXT NOT NULL,
      scopes TEXT NOT NULL,
      authenticated_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER,
      kept_until INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, grant_id)
    ) STRICT`,
    `CREATE INDEX grants_by_subject ON grants (tenant_id, subject, client_id)`,
    `CREATE INDEX grants_by_end ON grants (kept_until)`,

    `CREATE TABLE refresh_tokens (
      tenant_id TEXT NOT NULL,
      token_hash TEXT NOT NULL,
      grant_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      predecessor_hash TEXT,
      rotated_at INTEGER,
      sealed_successor TEXT,
      PRIMARY KEY (tenant_id, token_hash),
      FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, grant_id)
    ) STRICT`,
    // Whatever an adapter gets wrong, a second successor of one refresh token cannot be stored.
    `CREATE UNIQUE INDEX refresh_tokens_one_successor ON refresh_tokens (tenant_id, predecessor_hash)`,
    `CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (tenant_id, grant_id)`,
    `CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at)`,

    `CREATE TABLE revocation_marks (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      value TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX revocation_marks_by_end ON revocation_marks (expires_at)`,

    `CREATE TABLE signing_keys (
      tenant_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      algorithm TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      sealed_private_jwk TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, key_id)
    ) STRICT`,

    `CREATE TABLE audit_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant_id TEXT NOT NULL,
      occurred_at INTEGER NOT NULL,
      type TEXT NOT NULL,
      body TEXT NOT NULL
    ) STRICT`,
    `CREATE INDEX audit_events_by_type ON audit_events (tenant_id, type, occurred_at)`,
  ],
};
