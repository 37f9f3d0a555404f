import type { AuditSink, Platform } from '@portcullis/ports';
import type { Issuer, JsonValue, ResourceIdentifier, ScopeWithImplied, TenantId } from '@portcullis/protocol';
import type { CustomIssuer, TrustedIssuer } from '../issuers/trusted-issuer.js';
import type { VerificationKeys } from '../keys/verification-keys.js';
import type { DpopOptions } from '../possession/dpop-options.js';
import type { RevocationFollower } from '../revocation-follower.js';

/**
 * An authorization server whose tokens are good: by its issuer identifier alone (tokens as RFC 9068 has them, keys where
 * its metadata say), as a preset describes it, or with a verifier of the host's own.
 */
export type AuthorizationServerChoice = Issuer | TrustedIssuer | CustomIssuer;

/** What the resources of all tenants share. Not for hosts. */
export interface SharedParts {
  /** The keys of an issuer that is shared; undefined for any other. */
  readonly keysOf?: (issuer: TrustedIssuer) => VerificationKeys | undefined;
}

/** What {@link protectResource} is told. */
export interface ProtectResourceOptions {
  /** The identifier that tokens name in `aud`: the URL that clients call, as they write it (RFC 8707 §2). */
  readonly resource: ResourceIdentifier;
  /** At least one. */
  readonly authorizationServers: readonly AuthorizationServerChoice[];
  /**
   * `scopes_supported`: what a client should ask for to begin with (MCP, Scope Selection Strategy), and which scopes a
   * scope implies. Where `requiredScopes` has none, a client without a scope in its challenge asks for all of these. So what
   * single tools or methods need is not added to it: a call names that in its own challenge.
   * Where it is given, it names every scope that is needed anywhere: one that is not on it is taken for misspelt. A server
   * whose list is longer than a first sign-in needs says in `requiredScopes` what that is: its challenges name those.
   * Where there are none the metadata has no `scopes_supported`. @defaultValue what `requiredScopes` names
   */
  readonly scopes?: readonly (string | ScopeWithImplied)[];
  /** What every request needs. @defaultValue nothing but a valid token */
  readonly requiredScopes?: readonly string[];
  /** What a call of each tool needs besides. More may be declared later: `tools` of the resource. */
  readonly tools?: Readonly<Record<string, readonly string[]>>;
  /** What each JSON-RPC method needs besides, by its exact name. */
  readonly methods?: Readonly<Record<string, readonly string[]>>;
  /** For people (`resource_name`). */
  readonly resourceName?: string;
  /** Further members of the metadata, by their wire names. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /**
   * Where this host sees the requests that clients send to `resource`, when something in between changes the path. All
   * that lies beneath is guarded as well. @defaultValue the path of `resource`
   */
  readonly path?: string;
  /**
   * Web origins whose scripts may call, or `'*'` for any. The resource's own always may.
   * @defaultValue none; on a loopback resource, every page of this computer
   */
  readonly allowedOrigins?: readonly string[] | '*';
  /**
   * How tokens are taken that are bound to a key of their client (RFC 9449): always with the proof, where their issuer's
   * preset knows them. @defaultValue they may come, and bearer tokens too; no nonces; a memory of this process
   */
  readonly dpop?: DpopOptions;
  /**
   * Tokens must be of this tenant, so every issuer needs a preset that knows tenants.
   * @defaultValue whatever tenant the verifier finds
   */
  readonly tenantId?: TenantId;
  /** An async `record` is not waited for; what it throws goes to `onFault`. @defaultValue no trail */
  readonly audit?: AuditSink;
  /** Reaches the configured addresses: metadata, keys, introspection. @defaultValue the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** @defaultValue the runtime's own clock, random source and SHA-256 */
  readonly platform?: Platform;
  /** Marks of revoked tokens, where the authorization server shares them. @defaultValue tokens are good until they expire */
  readonly revocations?: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
  /** Accepted skew on `exp`, `nbf` and `iat`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered: from 1 to 10,000,000. @defaultValue 10000 */
  readonly cacheSize?: number;
  /** Takes what a person should know at start: proofs of the recipient that are weak. @defaultValue `console.warn` */
  readonly onWarning?: (warning: string) => void;
  /** Takes what should not have been thrown, by a verifier or a sink. Clients get 503. @defaultValue nobody */
  readonly onFault?: (error: unknown, correlationId: string | undefined) => void;
}
