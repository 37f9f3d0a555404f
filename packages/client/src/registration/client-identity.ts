import type { Issuer } from '@portcullis/protocol';
import type { ClientAuthMethod } from '../stores/records.js';

/** A client that somebody registered by hand at one authorization server. */
export interface PreRegisteredClient {
  readonly clientId: string;
  /**
   * The authorization server that knows it, as its metadata spell it. What proves the client is sent nowhere else. Without
   * it the first one that is met is taken, and held to from then on.
   */
  readonly issuer?: Issuer;
  readonly clientSecret?: string;
  /** Of `private_key_jwt`: signs ES256, RS256, PS256 or Ed25519, as the key is made. */
  readonly privateKey?: CryptoKey;
  /** `kid` of that key. */
  readonly keyId?: string;
  /** @defaultValue what the key or secret allows and the server lists, Basic before post; `none` without either */
  readonly authMethod?: ClientAuthMethod;
}

/** Who this client is. In this order: registered by hand, by its metadata document, by itself. */
export interface ClientIdentity {
  readonly preRegistered?: PreRegisteredClient;
  /** An https URL with a path that serves the client's metadata (Client ID Metadata Documents), used as client id where
   * the authorization server takes one. */
  readonly metadataDocumentUrl?: string;
  /** What dynamic registration says of the client (RFC 7591 §2). */
  readonly description?: ClientIdentityDescription;
}

/** What users and operators see of a client that registers itself. */
export interface ClientIdentityDescription {
  /** `client_name` @defaultValue "MCP client" */
  readonly clientName?: string;
  /** `client_uri` */
  readonly clientUri?: string;
  /** `logo_uri` */
  readonly logoUri?: string;
  /** `contacts` */
  readonly contacts?: readonly string[];
  /** `software_id` */
  readonly softwareId?: string;
  /** `software_version` */
  readonly softwareVersion?: string;
}
