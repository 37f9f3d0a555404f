import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';

/** A signing key at rest: its public JWK, and its private JWK sealed. */
export interface StoredSigningKey {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly algorithm: 'ES256';
  readonly publicJwk: string;
  readonly sealedPrivateJwk: string;
  readonly createdAtEpochSeconds: EpochSeconds;
}

/** The keys of a tenant's issuer. */
export interface SigningKeyStore {
  /** Oldest first. */
  list(tenantId: TenantId): Promise<readonly StoredSigningKey[]>;
  /** Stores `key` if the tenant has none; of two that start at once, one wins. */
  addFirst(key: StoredSigningKey, event: AuditEvent): Promise<'added' | 'exists'>;
}
