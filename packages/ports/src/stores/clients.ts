import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';

/** How a client proves who it is at the token endpoint (RFC 7591 §2). */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post';

/** A client as it is stored. */
export interface Client {
  readonly tenantId: TenantId;
  readonly clientId: string;
  /** `configured` by the operator, or `dynamic` by RFC 7591. Only the first is trusted with a silent error redirect. */
  readonly source: 'configured' | 'dynamic';
  readonly clientName: string;
  readonly redirectUris: readonly string[];
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  /** Of the secret, for the two secret methods. */
  readonly clientSecretHash: Sha256 | undefined;
  readonly grantTypes: readonly string[];
  /** Scopes the client registered for; undefined is no limit of its own. */
  readonly scopes: readonly string[] | undefined;
  readonly applicationType: 'native' | 'web';
  readonly clientUri: string | undefined;
  readonly createdAtEpochSeconds: EpochSeconds;
}

/** Clients that registered themselves. Configured ones live in the configuration. */
export interface ClientStore {
  find(tenantId: TenantId, clientId: string): Promise<Client | undefined>;
  /** Stores a new client and the event in one transaction. */
  register(client: Client, event: AuditEvent): Promise<void>;
}
