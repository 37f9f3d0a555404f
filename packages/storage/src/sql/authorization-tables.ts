import type { Client } from '@portcullis/ports';
import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { JsonList } from './column-types.js';

/** Authorization transactions, by the hash of their handle. Where a device is the answer there is no redirect. */
export interface AuthorizationTransactionTable {
  tenant_id: TenantId;
  transaction_hash: Sha256;
  browser_hash: Sha256;
  client_id: string;
  redirect_uri: string | null;
  state: string | null;
  code_challenge: string | null;
  resource: ResourceIdentifier;
  requested_scopes: JsonList;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  approved_scopes: JsonList | null;
  subject: string | null;
  authenticated_at: EpochSeconds | null;
  status: 'open' | 'issued' | 'denied';
  /** Set with status `issued`, unless a device is the answer. */
  sealed_response: string | null;
  device_code_hash: Sha256 | null;
  pushed_request_hash: Sha256 | null;
  dpop_key_thumbprint: string | null;
}

/** Authorization requests that their clients pushed, by the hash of their `request_uri`. */
export interface PushedRequestTable {
  tenant_id: TenantId;
  request_hash: Sha256;
  client_id: string;
  /** In their form encoding, without those of the client authentication. */
  parameters: string;
  dpop_key_thumbprint: string | null;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  /** As long as a transaction that began with it may live. */
  kept_until: EpochSeconds;
  used_at: EpochSeconds | null;
}

/** Authorization codes, by hash. */
export interface AuthorizationCodeTable {
  tenant_id: TenantId;
  code_hash: Sha256;
  client_id: string;
  redirect_uri: string;
  code_challenge: string | null;
  code_challenge_method: 'S256' | null;
  resource: ResourceIdentifier;
  scopes: JsonList;
  subject: string;
  client_auth_method: Client['tokenEndpointAuthMethod'];
  authenticated_at: EpochSeconds;
  grant_id: string;
  issued_at: EpochSeconds;
  expires_at: EpochSeconds;
  redeemed_at: EpochSeconds | null;
  dpop_key_thumbprint: string | null;
  registration_fingerprint: Sha256 | null;
}

/** Device codes, by hash, each with its user code. */
export interface DeviceCodeTable {
  tenant_id: TenantId;
  device_code_hash: Sha256;
  user_code_hash: Sha256;
  client_id: string;
  client_auth_method: Client['tokenEndpointAuthMethod'];
  resource: ResourceIdentifier;
  requested_scopes: JsonList;
  created_at: EpochSeconds;
  expires_at: EpochSeconds;
  interval_seconds: number;
  /** What the device has to keep to by now; the interval is what it was told. */
  pace_seconds: number;
  polled_at: EpochSeconds | null;
  /** `expired` is one whose user code was given out again: to everybody else it is pending, and past its end. */
  status: 'pending' | 'approved' | 'denied' | 'redeemed' | 'expired';
  /** The four of an approval are set together. */
  subject: string | null;
  approved_scopes: JsonList | null;
  authenticated_at: EpochSeconds | null;
  grant_id: string | null;
}
