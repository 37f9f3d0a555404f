import type { Migration } from '../../sql/migration.js';

/**
 * Pushed requests, device codes, keys that tokens are bound to, registration tokens, what a client may and must, and
 * assertion issuers that are switched off.
 */
export const extendedGrants: Migration = {
  version: 4,
  name: 'extended-grants',
  statements: [
    `ALTER TABLE clients ADD COLUMN requires_pushed_requests INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE clients ADD COLUMN dpop_bound_access_tokens INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE clients ADD COLUMN consent_required INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE clients ADD COLUMN token_exchange TEXT`,
    `ALTER TABLE clients ADD COLUMN registration_token_hash TEXT`,
    `CREATE UNIQUE INDEX clients_by_registration_token ON clients (tenant_id, registration_token_hash)`,

    // A transaction without a redirect is a table rebuilt: the columns were NOT NULL, and an issued one had a response.
    `CREATE TABLE authorization_transactions_rebuilt (
      tenant_id TEXT NOT NULL,
      transaction_hash TEXT NOT NULL,
      browser_hash TEXT NOT NULL,
      client_id TEXT NOT NULL,
      redirect_uri TEXT,
      state TEXT,
      code_challenge TEXT,
      resource TEXT NOT NULL,
      requested_scopes TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      approved_scopes TEXT,
      subject TEXT,
      authenticated_at INTEGER,
      status TEXT NOT NULL CHECK (status IN ('open', 'issued', 'denied')),
      sealed_response TEXT,
      device_code_hash TEXT,
      pushed_request_hash TEXT,
      dpop_key_thumbprint TEXT,
      PRIMARY KEY (tenant_id, transaction_hash),
      CHECK ((status = 'issued' AND device_code_hash IS NULL) = (sealed_response IS NOT NULL)),
      CHECK ((device_code_hash IS NULL) = (redirect_uri IS NOT NULL)),
      CHECK ((device_code_hash IS NULL) = (code_challenge IS NOT NULL))
    ) STRICT`,
    `INSERT INTO authorization_transactions_rebuilt (tenant_id, transaction_hash, browser_hash, client_id, redirect_uri,
        state, code_challenge, resource, requested_scopes, created_at, expires_at, approved_scopes, subject,
        authenticated_at, status, sealed_response)
      SELECT tenant_id, transaction_hash, browser_hash, client_id, redirect_uri, state, code_challenge, resource,
        requested_scopes, created_at, expires_at, approved_scopes, subject, authenticated_at, status, sealed_response
      FROM authorization_transactions`,
    `DROP TABLE authorization_transactions`,
    `ALTER TABLE authorization_transactions_rebuilt RENAME TO authorization_transactions`,
    `CREATE INDEX authorization_transactions_by_subject ON authorization_transactions (tenant_id, subject)`,
    `CREATE INDEX authorization_transactions_by_client ON authorization_transactions (tenant_id, client_id)`,
    `CREATE INDEX authorization_transactions_by_end ON authorization_transactions (tenant_id, expires_at)`,

    `CREATE TABLE pushed_requests (
      tenant_id TEXT NOT NULL,
      request_hash TEXT NOT NULL,
      client_id TEXT NOT NULL,
      parameters TEXT NOT NULL,
      dpop_key_thumbprint TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      kept_until INTEGER NOT NULL,
      used_at INTEGER,
      PRIMARY KEY (tenant_id, request_hash)
    ) STRICT`,
    `CREATE INDEX pushed_requests_by_client ON pushed_requests (tenant_id, client_id)`,
    `CREATE INDEX pushed_requests_by_end ON pushed_requests (tenant_id, kept_until)`,

    `ALTER TABLE authorization_codes ADD COLUMN dpop_key_thumbprint TEXT`,
    `ALTER TABLE authorization_codes ADD COLUMN registration_fingerprint TEXT`,
    `ALTER TABLE grants ADD COLUMN dpop_key_thumbprint TEXT`,
    `ALTER TABLE grants ADD COLUMN registration_fingerprint TEXT`,

    `CREATE TABLE device_codes (
      tenant_id TEXT NOT NULL,
      device_code_hash TEXT NOT NULL,
      user_code_hash TEXT NOT NULL,
      client_id TEXT NOT NULL,
      client_auth_method TEXT NOT NULL,
      resource TEXT NOT NULL,
      requested_scopes TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      interval_seconds INTEGER NOT NULL,
      pace_seconds INTEGER NOT NULL,
      polled_at INTEGER,
      status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed', 'expired')),
      subject TEXT,
      approved_scopes TEXT,
      authenticated_at INTEGER,
      grant_id TEXT,
      PRIMARY KEY (tenant_id, device_code_hash),
      CHECK ((status IN ('approved', 'redeemed')) = (subject IS NOT NULL)),
      CHECK ((subject IS NULL) = (approved_scopes IS NULL)),
      CHECK ((subject IS NULL) = (authenticated_at IS NULL)),
      CHECK ((subject IS NULL) = (grant_id IS NULL))
    ) STRICT`,
    // Whatever an adapter gets wrong, a person who types a user code in cannot be shown one of two devices.
    `CREATE UNIQUE INDEX device_codes_one_pending_user_code ON device_codes (tenant_id, user_code_hash)
      WHERE status = 'pending'`,
    `CREATE INDEX device_codes_by_subject ON device_codes (tenant_id, subject)`,
    `CREATE INDEX device_codes_by_client ON device_codes (tenant_id, client_id)`,
    `CREATE INDEX device_codes_by_end ON device_codes (tenant_id, expires_at)`,

    `CREATE TABLE disabled_assertion_issuers (
      tenant_id TEXT NOT NULL,
      issuer TEXT NOT NULL,
      disabled_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, issuer)
    ) STRICT`,
  ],
};
