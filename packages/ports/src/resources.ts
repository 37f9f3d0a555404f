import type { ResourceIdentifier } from '@portcullis/protocol';

/** One scope of a resource, as a person is asked for it. */
export interface ScopeDefinition {
  readonly name: string;
  /** Plain words that complete "This application wants to …". */
  readonly description: string;
  /** Scopes that this one contains. */
  readonly implies?: readonly string[];
}

/** A protected resource as its authorization server knows it. */
export interface ResourceDefinition {
  readonly identifier: ResourceIdentifier;
  /** A short name for people. */
  readonly displayName: string;
  readonly scopes: readonly ScopeDefinition[];
  /** What a request without `scope` asks for. */
  readonly defaultScopes: readonly string[];
  /** Only takes access tokens that are bound to a key (RFC 9728 §2): no others are issued for it. @defaultValue false */
  readonly dpopBoundAccessTokensRequired?: boolean;
}
