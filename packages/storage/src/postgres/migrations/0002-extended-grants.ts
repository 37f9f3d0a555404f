import type { Migration } from '../../sql/migration.js';
import { ownRowsOnly, TEXT, TIME } from './parts.js';

/** As the fourth step of SQLite. No row of a tenant is changed. */
export const extendedGrants: Migration = {
  version: 2,
  name: 'extended-grants',
  statements: [
    `ALTER TABLE clients
      ADD COLUMN requires_pushed_requests integer NOT NULL DEFAULT 0,
      ADD COLUMN dpop_bound_access_tokens integer NOT NULL DEFAULT 0,
      ADD COLUMN consent_required integer NOT NULL DEFAULT 0,
      ADD COLUMN token_exchange ${TEXT},
      ADD COLUMN registration_token_hash ${TEXT}`,
    `CREATE UNIQUE INDEX clients_by_registration_token ON clients (tenant_id, registration_token_hash)`,

    `ALTER TABLE authorization_transactions
      ALTER COLUMN redirect_uri DROP NOT NULL,
      ALTER COLUMN code_challenge DROP NOT NULL,
      ADD COLUMN device_code_hash ${TEXT},
      ADD COLUMN pushed_request_hash ${TEXT},
      ADD COLUMN dpop_key_thumbprint ${TEXT},
      DROP CONSTRAINT authorization_transactions_check,
      ADD CONSTRAINT authorization_transactions_response
        CHECK ((status = 'issued' AND device_code_hash IS NULL) = (sealed_response IS NOT NULL)),
      ADD CONSTRAINT authorization_transactions_answer
        CHECK (num_nulls(redirect_uri, code_challenge) = CASE WHEN device_code_hash IS NULL THEN 0 ELSE 2 END)`,

    `CREATE TABLE pushed_requests (
      tenant_id ${TEXT} NOT NULL,
      request_hash ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      parameters ${TEXT} NOT NULL,
      dpop_key_thumbprint ${TEXT},
      created_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      kept_until ${TIME} NOT NULL,
      used_at ${TIME},
      PRIMARY KEY (tenant_id, request_hash)
    )`,
    `CREATE INDEX pushed_requests_by_client ON pushed_requests (tenant_id, client_id)`,
    `CREATE INDEX pushed_requests_by_end ON pushed_requests (tenant_id, kept_until)`,

    `ALTER TABLE authorization_codes
      ADD COLUMN dpop_key_thumbprint ${TEXT},
      ADD COLUMN registration_fingerprint ${TEXT}`,
    `ALTER TABLE grants
      ADD COLUMN dpop_key_thumbprint ${TEXT},
      ADD COLUMN registration_fingerprint ${TEXT}`,

    `CREATE TABLE device_codes (
      tenant_id ${TEXT} NOT NULL,
      device_code_hash ${TEXT} NOT NULL,
      user_code_hash ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      client_auth_method ${TEXT} NOT NULL,
      resource ${TEXT} NOT NULL,
      requested_scopes ${TEXT} NOT NULL,
      created_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      interval_seconds bigint NOT NULL,
      pace_seconds bigint NOT NULL,
      polled_at ${TIME},
      status ${TEXT} NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed', 'expired')),
      subject ${TEXT},
      approved_scopes ${TEXT},
      authenticated_at ${TIME},
      grant_id ${TEXT},
      PRIMARY KEY (tenant_id, device_code_hash),
      CHECK (num_nulls(subject, approved_scopes, authenticated_at, grant_id)
        = CASE WHEN status IN ('approved', 'redeemed') THEN 0 ELSE 4 END)
    )`,
    // Whatever an adapter gets wrong, a person who types a user code in cannot be shown one of two devices.
    `CREATE UNIQUE INDEX device_codes_one_pending_user_code ON device_codes (tenant_id, user_code_hash)
      WHERE status = 'pending'`,
    `CREATE INDEX device_codes_by_subject ON device_codes (tenant_id, subject)`,
    `CREATE INDEX device_codes_by_client ON device_codes (tenant_id, client_id)`,
    `CREATE INDEX device_codes_by_end ON device_codes (tenant_id, expires_at)`,

    `CREATE TABLE disabled_assertion_issuers (
      tenant_id ${TEXT} NOT NULL,
      issuer ${TEXT} NOT NULL,
      disabled_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, issuer)
    )`,

    ...['pushed_requests', 'device_codes', 'disabled_assertion_issuers'].flatMap(ownRowsOnly),
  ],
};
