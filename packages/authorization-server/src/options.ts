import type {
  AuditSink,
  AuthorizationPages,
  Client,
  PasswordHasher,
  Platform,
  RateLimiter,
  RateLimitRule,
  ResourceDefinition,
  Sealer,
  Storage,
} from '@portcullis/ports';
import type { Issuer, TenantId } from '@portcullis/protocol';

/** What the authorization server needs from outside. */
export interface AuthorizationServerPorts {
  readonly platform: Platform;
  readonly storage: Pick<
    Storage,
    'clients' | 'users' | 'signInSessions' | 'transactions' | 'codes' | 'grants' | 'signingKeys'
  >;
  readonly passwordHasher: PasswordHasher;
  readonly rateLimiter: RateLimiter;
  readonly audit: AuditSink;
  readonly pages: AuthorizationPages;
  /** Seals the private signing key at rest, under the operator's master key. */
  readonly keySealer: Sealer;
}

/** How long things live, in seconds. */
export interface Lifetimes {
  /** @defaultValue 60 */
  readonly codeSeconds: number;
  /** @defaultValue 600 */
  readonly accessTokenSeconds: number;
  /** A refresh token that is not used for so long is dead. @defaultValue 30 days */
  readonly refreshIdleSeconds: number;
  /** No refresh token of a grant outlives this, however often it was rotated. @defaultValue 180 days */
  readonly refreshAbsoluteSeconds: number;
  /** How long a rotated refresh token is still answered with its successor; 0 switches that off. @defaultValue 60 */
  readonly refreshGraceSeconds: number;
  /** @defaultValue 1800 */
  readonly sessionIdleSeconds: number;
  /** @defaultValue 43200 */
  readonly sessionAbsoluteSeconds: number;
  /** From the authorization request to the decision. @defaultValue 600 */
  readonly transactionSeconds: number;
  /** Clock skew of resource servers; revocation marks outlive access tokens by it. @defaultValue 30 */
  readonly clockToleranceSeconds: number;
}

/** The limits that protect what a stranger can ask for. */
export interface RateLimits {
  /** @defaultValue 10 per minute */
  readonly signInPerAccount: RateLimitRule;
  /** @defaultValue 60 per minute */
  readonly signInPerNetwork: RateLimitRule;
  /** Per presented code or refresh token. @defaultValue 60 per minute */
  readonly tokenPerCredential: RateLimitRule;
  /** @defaultValue 20 per minute */
  readonly registrationPerNetwork: RateLimitRule;
}

/** What the operator decides. */
export interface AuthorizationServerOptions {
  readonly tenantId: TenantId;
  /** Where all URLs come from; never the `Host` of a request. */
  readonly issuer: Issuer;
  /** The resources tokens are issued for; at least one. */
  readonly resources: readonly ResourceDefinition[];
  /** Clients the operator vouches for. @defaultValue none */
  readonly configuredClients?: readonly Client[];
  /** Whether clients may register themselves (RFC 7591). @defaultValue true */
  readonly dynamicRegistration?: boolean;
  /** Private-use schemes redirect URIs may have, in lower case. @defaultValue none */
  readonly allowedRedirectSchemes?: readonly string[];
  readonly lifetimes?: Partial<Lifetimes>;
  readonly rateLimits?: Partial<RateLimits>;
}
