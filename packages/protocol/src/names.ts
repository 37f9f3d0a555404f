/** Seconds since 1970-01-01T00:00:00Z, as in JWT NumericDate (RFC 7519 §2). */
export type EpochSeconds = number;

/** A base64url SHA-256 digest. What a store keeps instead of a secret. */
export type Sha256 = string;

/** The name of a tenant; `default` when none is configured. */
export type TenantId = string;

/** An authorization server's identifier, compared as an exact string (RFC 8414 §3.3, RFC 9207 §2.4). */
export type Issuer = string;

/** The identifier of one protected resource (RFC 8707 §2), compared as an exact string. */
export type ResourceIdentifier = string;

/** The tenant that exists without any configuration. Its issuer is the origin itself. */
export const DEFAULT_TENANT: TenantId = 'default';
