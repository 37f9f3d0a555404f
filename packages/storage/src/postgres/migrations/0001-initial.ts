import type { Migration } from '../../sql/migration.js';
import { guard, OWN_ROW, ownRowsOnly, TEXT, TIME } from './parts.js';

const TENANT_TABLES = [
  'clients',
  'client_approvals',
  'resource_servers',
  'users',
  'sign_in_sessions',
  'authorization_transactions',
  'authorization_codes',
  'grants',
  'refresh_tokens',
  'consents',
  'one_time_ids',
  'revocation_marks',
  'signing_keys',
  'turns',
] as const;

/**
 * All that there is, as the second step of SQLite leaves it. Row-level security is FORCED, so it binds the owner of the
 * tables as well. A later step that changes rows of tenants has to lift that for its own transaction.
 */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: [
    `CREATE TABLE clients (
      tenant_id ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      source ${TEXT} NOT NULL,
      client_name ${TEXT} NOT NULL,
      redirect_uris ${TEXT} NOT NULL,
      token_endpoint_auth_method ${TEXT} NOT NULL,
      client_secret_hash ${TEXT},
      jwks ${TEXT},
      jwks_uri ${TEXT},
      grant_types ${TEXT} NOT NULL,
      scopes ${TEXT},
      application_type ${TEXT} NOT NULL,
      client_uri ${TEXT},
      created_at ${TIME} NOT NULL,
      used_at ${TIME},
      document_fingerprint ${TEXT},
      document_fetched_at ${TIME},
      document_fresh_until ${TIME},
      document_entity_tag ${TEXT},
      PRIMARY KEY (tenant_id, client_id),
      CHECK (num_nulls(document_fingerprint, document_fetched_at, document_fresh_until) IN (0, 3))
    )`,
    `CREATE INDEX clients_nobody_vouched_for ON clients (tenant_id, created_at)
      WHERE source IN ('dynamic', 'metadata_document')`,

    `CREATE TABLE client_approvals (
      tenant_id ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      client_name ${TEXT} NOT NULL,
      status ${TEXT} NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
      requested_at ${TIME} NOT NULL,
      decided_at ${TIME},
      PRIMARY KEY (tenant_id, client_id)
    )`,
    `CREATE INDEX client_approvals_waiting ON client_approvals (tenant_id, requested_at) WHERE status = 'pending'`,

    `CREATE TABLE resource_servers (
      tenant_id ${TEXT} NOT NULL,
      resource ${TEXT} NOT NULL,
      resource_server_id ${TEXT} NOT NULL,
      secret_hash ${TEXT} NOT NULL,
      definition ${TEXT} NOT NULL,
      created_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, resource),
      UNIQUE (tenant_id, resource_server_id)
    )`,

    `CREATE TABLE users (
      tenant_id ${TEXT} NOT NULL,
      subject ${TEXT} NOT NULL,
      username ${TEXT} NOT NULL,
      password_hash ${TEXT},
      disabled_at ${TIME},
      created_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, subject)
    )`,
    `CREATE UNIQUE INDEX users_one_password_for_a_name ON users (tenant_id, username) WHERE password_hash IS NOT NULL`,

    `CREATE TABLE sign_in_sessions (
      tenant_id ${TEXT} NOT NULL,
      session_hash ${TEXT} NOT NULL,
      subject ${TEXT} NOT NULL,
      authenticated_at ${TIME} NOT NULL,
      last_seen_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, session_hash)
    )`,
    `CREATE INDEX sign_in_sessions_by_subject ON sign_in_sessions (tenant_id, subject)`,
    `CREATE INDEX sign_in_sessions_by_end ON sign_in_sessions (tenant_id, expires_at)`,

    `CREATE TABLE authorization_transactions (
      tenant_id ${TEXT} NOT NULL,
      transaction_hash ${TEXT} NOT NULL,
      browser_hash ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      redirect_uri ${TEXT} NOT NULL,
      state ${TEXT},
      code_challenge ${TEXT} NOT NULL,
      resource ${TEXT} NOT NULL,
      requested_scopes ${TEXT} NOT NULL,
      created_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      approved_scopes ${TEXT},
      subject ${TEXT},
      authenticated_at ${TIME},
      status ${TEXT} NOT NULL CHECK (status IN ('open', 'issued', 'denied')),
      sealed_response ${TEXT},
      PRIMARY KEY (tenant_id, transaction_hash),
      CHECK ((status = 'issued') = (sealed_response IS NOT NULL))
    )`,
    `CREATE INDEX authorization_transactions_by_subject ON authorization_transactions (tenant_id, subject)`,
    `CREATE INDEX authorization_transactions_by_client ON authorization_transactions (tenant_id, client_id)`,
    `CREATE INDEX authorization_transactions_by_end ON authorization_transactions (tenant_id, expires_at)`,

    `CREATE TABLE authorization_codes (
      tenant_id ${TEXT} NOT NULL,
      code_hash ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      redirect_uri ${TEXT} NOT NULL,
      code_challenge ${TEXT},
      code_challenge_method ${TEXT},
      resource ${TEXT} NOT NULL,
      scopes ${TEXT} NOT NULL,
      subject ${TEXT} NOT NULL,
      client_auth_method ${TEXT} NOT NULL,
      authenticated_at ${TIME} NOT NULL,
      grant_id ${TEXT} NOT NULL,
      issued_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      redeemed_at ${TIME},
      PRIMARY KEY (tenant_id, code_hash)
    )`,
    `CREATE INDEX authorization_codes_by_subject ON authorization_codes (tenant_id, subject)`,
    `CREATE INDEX authorization_codes_by_client ON authorization_codes (tenant_id, client_id)`,
    `CREATE INDEX authorization_codes_by_end ON authorization_codes (tenant_id, expires_at)`,

    `CREATE TABLE grants (
      tenant_id ${TEXT} NOT NULL,
      grant_id ${TEXT} NOT NULL,
      subject ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      resource ${TEXT} NOT NULL,
      scopes ${TEXT} NOT NULL,
      client_auth_method ${TEXT} NOT NULL,
      authenticated_at ${TIME} NOT NULL,
      created_at ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      last_used_at ${TIME} NOT NULL,
      revoked_at ${TIME},
      kept_until ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, grant_id)
    )`,
    `CREATE INDEX grants_by_subject ON grants (tenant_id, subject, client_id)`,
    `CREATE INDEX grants_by_client ON grants (tenant_id, client_id)`,
    `CREATE INDEX grants_by_end ON grants (tenant_id, kept_until)`,

    `CREATE TABLE refresh_tokens (
      tenant_id ${TEXT} NOT NULL,
      token_hash ${TEXT} NOT NULL,
      grant_id ${TEXT} NOT NULL,
      expires_at ${TIME} NOT NULL,
      predecessor_hash ${TEXT},
      rotated_at ${TIME},
      successor_salt ${TEXT},
      PRIMARY KEY (tenant_id, token_hash),
      FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, grant_id)
    )`,
    // Whatever an adapter gets wrong, a second successor of one refresh token cannot be stored.
    `CREATE UNIQUE INDEX refresh_tokens_one_successor ON refresh_tokens (tenant_id, predecessor_hash)`,
    `CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (tenant_id, grant_id)`,
    `CREATE INDEX refresh_tokens_by_end ON refresh_tokens (tenant_id, expires_at)`,

    `CREATE TABLE consents (
      tenant_id ${TEXT} NOT NULL,
      subject ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      resource ${TEXT} NOT NULL,
      scopes ${TEXT} NOT NULL,
      document_fingerprint ${TEXT},
      granted_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, subject, client_id, resource)
    )`,
    `CREATE INDEX consents_by_client ON consents (tenant_id, client_id)`,

    `CREATE TABLE one_time_ids (
      tenant_id ${TEXT} NOT NULL,
      kind ${TEXT} NOT NULL,
      id_hash ${TEXT} NOT NULL,
      expires_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, kind, id_hash)
    )`,
    `CREATE INDEX one_time_ids_by_end ON one_time_ids (tenant_id, expires_at)`,

    `CREATE TABLE revocation_marks (
      tenant_id ${TEXT} NOT NULL,
      sequence bigint NOT NULL,
      kind ${TEXT} NOT NULL,
      value ${TEXT} NOT NULL,
      not_before ${TIME} NOT NULL,
      expires_at ${TIME} NOT NULL,
      PRIMARY KEY (tenant_id, sequence)
    )`,
    `CREATE INDEX revocation_marks_by_value ON revocation_marks (tenant_id, kind, value)`,
    `CREATE INDEX revocation_marks_by_end ON revocation_marks (tenant_id, expires_at)`,

    `CREATE TABLE signing_keys (
      tenant_id ${TEXT} NOT NULL,
      key_id ${TEXT} NOT NULL,
      algorithm ${TEXT} NOT NULL,
      public_jwk ${TEXT} NOT NULL,
      key_reference ${TEXT} NOT NULL,
      created_at ${TIME} NOT NULL,
      signs_from ${TIME} NOT NULL,
      verifies_until ${TIME},
      PRIMARY KEY (tenant_id, key_id)
    )`,

    `CREATE TABLE turns (
      tenant_id ${TEXT} NOT NULL,
      name ${TEXT} NOT NULL,
      turn bigint NOT NULL,
      PRIMARY KEY (tenant_id, name)
    )`,

    `CREATE TABLE audit_events (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant_id ${TEXT} NOT NULL,
      occurred_at ${TIME} NOT NULL,
      type ${TEXT} NOT NULL,
      body ${TEXT} NOT NULL
    )`,
    `CREATE INDEX audit_events_by_type ON audit_events (tenant_id, type, occurred_at)`,

    ...TENANT_TABLES.flatMap(ownRowsOnly),
    // What is not allowed by a policy is denied: no row of the trail is ever changed or deleted.
    ...guard('audit_events'),
    `CREATE POLICY read_own_tenant ON audit_events FOR SELECT USING (${OWN_ROW})`,
    `CREATE POLICY append_to_own_tenant ON audit_events FOR INSERT WITH CHECK (${OWN_ROW})`,
  ],
};
