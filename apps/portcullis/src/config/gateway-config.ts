import type { AssertionIssuer } from '@portcullis/authorization-server';
import type { Client, ScopeDefinition } from '@portcullis/ports';
import type { PostgresConfig } from './resolve-database.js';
import type { ConfigInput } from './schema/config-schema.js';

/** A server behind the gate, ready to be wired. */
export type UpstreamConfig = HttpUpstreamConfig | StdioUpstreamConfig;

/** What every upstream has. */
export interface UpstreamConfigBase {
  /** Undefined for the single unnamed one. */
  readonly name: string | undefined;
  /** Exact path of its MCP endpoint: `/mcp`, or `/NAME/mcp`. */
  readonly path: string;
  /** Its resource identifier: the public URL and the path. */
  readonly resource: string;
  readonly displayName: string;
  readonly description: string | undefined;
  readonly policy: UpstreamPolicyConfig;
  readonly dpop: {
    /** Whether only access tokens that are bound to a key are let in. */
    readonly required: boolean;
    /** Whether proofs carry a nonce of the gate. */
    readonly requireNonce: boolean;
  };
}

/** A Streamable HTTP server. */
export interface HttpUpstreamConfig extends UpstreamConfigBase {
  readonly kind: 'http';
  readonly url: string;
  /** Added to every request. Values may be secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A stdio server, started without a shell. */
export interface StdioUpstreamConfig extends UpstreamConfigBase {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the allow-list of variables. Values may be secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; undefined is the gate's own. */
  readonly cwd: string | undefined;
}

/** Rules of one upstream. Without scopes it has the built-in ones. */
export interface UpstreamPolicyConfig {
  readonly scopes: readonly ScopeDefinition[];
  /** Scopes needed, by MCP method. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
  /** Scopes needed, by tool. */
  readonly tools: Readonly<Record<string, readonly string[]>>;
  /** What a request without `scope` gets; undefined leaves the built-in ones. */
  readonly defaultScopes: readonly string[] | undefined;
}

/** Paths of the PEM files, absolute. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Everything the gate is told: file, flags and defaults in one, every reference resolved, every rule checked. */
export interface GatewayConfig {
  /** The origin, without a slash at its end: the issuer, and the start of every resource identifier. */
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined is SQLite in the data directory. */
  readonly database: PostgresConfig | undefined;
  readonly tls: TlsFiles | undefined;
  /** Seconds. */
  readonly strictTransportSecurity: ConfigInput['strictTransportSecurity'];
  /** Addresses or CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly maxConnections: number;
  /** Undefined is half of all. */
  readonly maxConnectionsPerNetwork: number | undefined;
  readonly allowedOrigins: readonly string[];
  /** At least one. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly clients: readonly Client[];
  readonly dynamicRegistration: boolean;
  readonly registrationManagement: boolean;
  readonly pushedAuthorizationRequests: ConfigInput['pushedAuthorizationRequests'];
  readonly dpop: Readonly<ConfigInput['dpop']>;
  readonly assertionIssuers: readonly AssertionIssuer[];
  readonly clientIdMetadataDocuments: Readonly<ConfigInput['clientIdMetadataDocuments']>;
  readonly rememberConsent: boolean;
  readonly signing: Readonly<ConfigInput['signing']>;
  readonly allowedRedirectSchemes: readonly string[];
  readonly lifetimes: ConfigInput['lifetimes'] & { readonly refreshGraceSeconds: number };
  readonly callTimeoutSeconds: number;
  readonly rateLimits: Readonly<ConfigInput['rateLimits']>;
  readonly revocation: Readonly<ConfigInput['revocation']>;
  readonly logLevel: ConfigInput['logLevel'];
}

/** How much is logged. */
export type LogLevel = GatewayConfig['logLevel'];
