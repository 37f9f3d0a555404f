import type { AuditEventType, Client, RevocationKind } from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { Generated } from 'kysely';

/** A list of strings as JSON text. */
export type JsonList = string;

/** The tables as kysely sees them; migrations/ makes them. Every row names its tenant, and no secret is in any of them
 * but as a hash or sealed. Columns that end in `_at`, `_until` or `not_before` are whole seconds since the epoch. */
export interface Database {
  clients: ClientTable;
  users: UserTable;
  sign_in_sessions: SignInSessionTable;
  authorization_transactions: AuthorizationTransactionTable;
  authorization_codes: AuthorizationCodeTable;
  grants: GrantTable;
  refresh_tokens: RefreshTokenTable;
  revocation_marks: RevocationMarkTable;
  signing_keys: SigningKeyTable;
  audit_events: AuditEventTable;
  schema_version: SchemaVersionTable;
}

/** Clients that registered themselves. */
export interface ClientTable {
  tenant_id: TenantId;
  client_id: string;
  source: Client['source'];
  client_name: string;
  redirect_uris: JsonList;
  token_endpoint_auth_method: Client['tokenEndpointAuthMethod'];
  client_secret_hash: Sha256 | null;
  grant_types: JsonList;
  scopes: JsonList | null;
  application_type: Client['applicationType'];
  client_uri: string | null;
  created_at: EpochSeconds;
  /** When its first code was redeemed. */
  used_at: EpochSeconds | null;
}

/** Local users. */
export interface UserTable {
  tenant_id: TenantId;
  subject: string;
  username: string;
  password_hash: string;
  created_at: EpochSeconds;
}

/** Sign-in sessions, by the hash of their cookie. */
export interface SignInSessionTable {
  tenant_id: TenantId;
  session_hash: Sha256;
  subject: string;
  authenticated_at: EpochSeconds;
  last_seen_at: EpochSeconds;
  expires_at: EpochSeconds;
}

/** Authorization transactions, by the hash of their handle. */
export interface AuthorizationTransactionTable {
  tenant_id: TenantId;
  transaction_hash: Sha256;
  browser_hash: Sha256;
  client_id: string;
  redirect_uri: string;
  state: string | null;
  code_challenge: string;
  resource: string;
  requested_scopes: JsonList;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  approved_scopes: JsonList | null;
  subject: string | null;
  authenticated_at: EpochSeconds | null;
  status: 'open' | 'issued' | 'denied';
  /** Set with status `issued`. */
  sealed_response: string | null;
}

/** Authorization codes, by hash. */
export interface AuthorizationCodeTable {
  tenant_id: TenantId;
  code_hash: Sha256;
  client_id: string;
  redirect_uri: string;
  code_challenge: string | null;
  code_challenge_method: 'S256' | null;
  resource: string;
  scopes: JsonList;
  subject: string;
  authenticated_at: EpochSeconds;
  grant_id: string;
  issued_at: EpochSeconds;
  expires_at: EpochSeconds;
  redeemed_at: EpochSeconds | null;
}

/** Grants. */
export interface GrantTable {
  tenant_id: TenantId;
  grant_id: string;
  subject: string;
  client_id: string;
  resource: string;
  scopes: JsonList;
  authenticated_at: EpochSeconds;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  revoked_at: EpochSeconds | null;
  /** When the last access token of the grant is dead. */
  kept_until: EpochSeconds;
}

/** Refresh tokens, by hash. */
export interface RefreshTokenTable {
  tenant_id: TenantId;
  token_hash: Sha256;
  grant_id: string;
  expires_at: EpochSeconds;
  predecessor_hash: Sha256 | null;
  rotated_at: EpochSeconds | null;
  /** Set at rotation and cleared at the first use of the successor: the grace ends there. */
  sealed_successor: string | null;
}

/** Revocation marks. `sequence` is never used twice, not even after the row is gone. */
export interface RevocationMarkTable {
  sequence: Generated<number>;
  tenant_id: TenantId;
  kind: RevocationKind;
  value: string;
  not_before: EpochSeconds;
  expires_at: EpochSeconds;
}

/** Signing keys. */
export interface SigningKeyTable {
  tenant_id: TenantId;
  key_id: string;
  algorithm: 'ES256';
  public_jwk: string;
  sealed_private_jwk: string;
  created_at: EpochSeconds;
}

/** Events, written in the transaction of the act they tell of. `body` is the whole event as JSON. */
export interface AuditEventTable {
  id: Generated<number>;
  tenant_id: TenantId;
  occurred_at: EpochSeconds;
  type: AuditEventType;
  body: string;
}

/** One row for each migration that ran. */
export interface SchemaVersionTable {
  version: number;
  name: string;
}
