import type {
  ApprovalStatus,
  AuditEventType,
  Client,
  OneTimeIdKind,
  RevocationKind,
  SigningAlgorithm,
} from '@portcullis/ports';
import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { Generated } from 'kysely';
import type {
  AuthorizationCodeTable,
  AuthorizationTransactionTable,
  DeviceCodeTable,
  PushedRequestTable,
} from './authorization-tables.js';
import type { Flag, JsonList } from './column-types.js';

/** The tables as kysely sees them, alike in every database; the migrations of each make them. Every row names its
 * tenant, and no secret is in any of them but as a hash or sealed. Columns that end in `_at`, `_until`, `signs_from` or
 * `not_before` are whole seconds since the epoch. docs/storage.md tells of them table by table. */
export interface Database {
  clients: ClientTable;
  client_approvals: ClientApprovalTable;
  resource_servers: ResourceServerTable;
  users: UserTable;
  sign_in_sessions: SignInSessionTable;
  authorization_transactions: AuthorizationTransactionTable;
  pushed_requests: PushedRequestTable;
  authorization_codes: AuthorizationCodeTable;
  device_codes: DeviceCodeTable;
  grants: GrantTable;
  refresh_tokens: RefreshTokenTable;
  consents: ConsentTable;
  one_time_ids: OneTimeIdTable;
  disabled_assertion_issuers: DisabledAssertionIssuerTable;
  revocation_marks: RevocationMarkTable;
  signing_keys: SigningKeyTable;
  served_issuers: ServedIssuerTable;
  turns: TurnTable;
  audit_events: AuditEventTable;
  schema_version: SchemaVersionTable;
}

/** Clients that are not in the configuration. */
export interface ClientTable {
  tenant_id: TenantId;
  client_id: string;
  source: Client['source'];
  client_name: string;
  redirect_uris: JsonList;
  token_endpoint_auth_method: Client['tokenEndpointAuthMethod'];
  client_secret_hash: Sha256 | null;
  jwks: string | null;
  jwks_uri: string | null;
  grant_types: JsonList;
  scopes: JsonList | null;
  application_type: Client['applicationType'];
  client_uri: string | null;
  created_at: EpochSeconds;
  /** When a grant of it was last made or used, to the minute; null until its first one. */
  used_at: EpochSeconds | null;
  /** The four of a document are set together, the entity tag aside. */
  document_fingerprint: Sha256 | null;
  document_fetched_at: EpochSeconds | null;
  document_fresh_until: EpochSeconds | null;
  document_entity_tag: string | null;
  requires_pushed_requests: Flag;
  dpop_bound_access_tokens: Flag;
  consent_required: Flag;
  token_exchange: string | null;
  registration_token_hash: Sha256 | null;
}

/** Clients that wait for the operator, or waited. */
export interface ClientApprovalTable {
  tenant_id: TenantId;
  client_id: string;
  client_name: string;
  status: ApprovalStatus;
  requested_at: EpochSeconds;
  decided_at: EpochSeconds | null;
}

/** Resource servers that the operator registered. */
export interface ResourceServerTable {
  tenant_id: TenantId;
  /** The key of its identifier: the same for every spelling of it. */
  resource: string;
  resource_server_id: string;
  secret_hash: Sha256;
  /** The whole definition of the resource as JSON, with its identifier as it was registered. */
  definition: string;
  created_at: EpochSeconds;
}

/** Users, local ones and those that signed in elsewhere. */
export interface UserTable {
  tenant_id: TenantId;
  subject: string;
  username: string;
  /** Null for a user who signs in elsewhere. */
  password_hash: string | null;
  /** Null for a user who may sign in. */
  disabled_at: EpochSeconds | null;
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

/** Grants. */
export interface GrantTable {
  tenant_id: TenantId;
  grant_id: string;
  subject: string;
  client_id: string;
  resource: ResourceIdentifier;
  scopes: JsonList;
  client_auth_method: Client['tokenEndpointAuthMethod'];
  authenticated_at: EpochSeconds;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  last_used_at: EpochSeconds;
  revoked_at: EpochSeconds | null;
  /** When the last access token of the grant is dead. */
  kept_until: EpochSeconds;
  dpop_key_thumbprint: string | null;
  registration_fingerprint: Sha256 | null;
}

/** Refresh tokens, by hash. */
export interface RefreshTokenTable {
  tenant_id: TenantId;
  token_hash: Sha256;
  grant_id: string;
  /** The idle end; of a token that was rotated, the end of its grant. */
  expires_at: EpochSeconds;
  predecessor_hash: Sha256 | null;
  rotated_at: EpochSeconds | null;
  /** Set at rotation and cleared at the first use of the successor: the grace ends there. */
  successor_salt: string | null;
}

/** What each user has allowed each client at each resource. */
export interface ConsentTable {
  tenant_id: TenantId;
  subject: string;
  client_id: string;
  resource: ResourceIdentifier;
  scopes: JsonList;
  document_fingerprint: Sha256 | null;
  /** JSON of what the fingerprint is over; null in rows from before it was kept. */
  client_description: string | null;
  granted_at: EpochSeconds;
}

/** Ids of messages that may be accepted once, by hash. */
export interface OneTimeIdTable {
  tenant_id: TenantId;
  kind: OneTimeIdKind;
  id_hash: Sha256;
  expires_at: EpochSeconds;
}

/** Assertion issuers that the operator switched off; which there are stands in the configuration. */
export interface DisabledAssertionIssuerTable {
  tenant_id: TenantId;
  issuer: string;
  disabled_at: EpochSeconds;
}

/** Revocation marks. `sequence` rises within a tenant in the order of the commits, and is never used twice. */
export interface RevocationMarkTable {
  tenant_id: TenantId;
  sequence: number;
  kind: RevocationKind;
  value: string;
  not_before: EpochSeconds;
  expires_at: EpochSeconds;
}

/** Signing keys. */
export interface SigningKeyTable {
  tenant_id: TenantId;
  key_id: string;
  algorithm: SigningAlgorithm;
  public_jwk: string;
  key_reference: string;
  created_at: EpochSeconds;
  signs_from: EpochSeconds;
  verifies_until: EpochSeconds | null;
}

/** Which issuer the store was last served as: one row for each tenant. */
export interface ServedIssuerTable {
  tenant_id: TenantId;
  issuer: string;
  noted_at: EpochSeconds;
}

/** What goes one at a time in each tenant, and how often it went: see turns.ts. */
export interface TurnTable {
  tenant_id: TenantId;
  name: string;
  turn: number;
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
