import type { EpochSeconds, ResourceIdentifier, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { ResourceDefinition } from '../resources.js';
import type { Revocation } from './revocation-marks.js';

/** A resource server that the operator registered, with the credentials it introspects with. */
export interface ResourceServer {
  readonly tenantId: TenantId;
  /** What it is known by at the introspection endpoint; never an id that a client could have. */
  readonly resourceServerId: string;
  readonly secretHash: Sha256;
  /** What tokens are issued for it. A configured resource of the same identifier goes before these words and scopes. */
  readonly resource: ResourceDefinition;
  readonly createdAtEpochSeconds: EpochSeconds;
}

/**
 * Resource servers that the operator registered. One for each resource identifier: two spellings that mean the same
 * (`keyOfResource`) are one, and every act finds it by either. It keeps the spelling it was registered with, by which its
 * grants were made.
 */
export interface ResourceServerStore {
  find(tenantId: TenantId, resourceServerId: string): Promise<ResourceServer | undefined>;
  findByResource(tenantId: TenantId, identifier: ResourceIdentifier): Promise<ResourceServer | undefined>;
  /** By resource identifier. */
  list(tenantId: TenantId): Promise<readonly ResourceServer[]>;
  /** Adds one, unless its resource identifier is taken, in whichever spelling. @throws when its own id is taken */
  add(resourceServer: ResourceServer, event: AuditEvent): Promise<'added' | 'exists'>;
  /** Puts another secret in place of the old one, which stops at once. */
  replaceSecret(
    tenantId: TenantId,
    identifier: ResourceIdentifier,
    secretHash: Sha256,
    event: AuditEvent,
  ): Promise<'replaced' | 'unknown'>;
  /**
   * Removes it and ends, in the same transaction, every grant and consent for its resource, with the marks that stop
   * their access tokens.
   *
   * @param revocation - undefined leaves what was granted: the resource is configured besides, and is served still
   */
  remove(
    tenantId: TenantId,
    identifier: ResourceIdentifier,
    revocation: Revocation | undefined,
    event: AuditEvent,
  ): Promise<'removed' | 'unknown'>;
}
