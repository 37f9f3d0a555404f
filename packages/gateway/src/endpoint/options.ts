import type { UpstreamPolicy } from '@portcullis/policy';
import type { AuditSink, OneTimeIdStore, Platform, RateLimiter, RateLimitRule } from '@portcullis/ports';
import { type Issuer, parseUrl, type ResourceIdentifier, type TenantId } from '@portcullis/protocol';
import {
  type AccessTokenVerifier,
  type DpopOptions,
  type DpopSettings,
  type RevocationFollower,
  resolveDpop,
} from '@portcullis/resource-server';
import type { Upstream } from '../upstream/upstream.js';

/** What the endpoint needs from outside. */
export interface McpEndpointPorts {
  readonly platform: Platform;
  /** Verifies for exactly this endpoint's tenant, issuer and resource, and holds every token against the marks. */
  readonly verifier: AccessTokenVerifier;
  readonly revocations: Pick<RevocationFollower, 'isBlind' | 'isRevoked' | 'onChange'>;
  readonly rateLimiter: RateLimiter;
  /** Remembers DPoP proofs that were used, for all replicas. Asked last, and only of requests whose token is bound to a key. */
  readonly oneTimeIds: Pick<OneTimeIdStore, 'use'>;
  readonly audit: AuditSink;
  /** Takes what should not have been thrown, for the operator; the client gets a 500 without it. */
  readonly onFault?: (error: unknown, correlationId: string) => void;
}

/** One protected resource and the server behind it. */
export interface McpEndpointOptions {
  readonly tenantId: TenantId;
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Absolute URL of the protected resource metadata, from configuration, never from the request. */
  readonly resourceMetadataUrl: string;
  /** The gate's own origin; browsers on it may always call. */
  readonly publicOrigin: string;
  /** Other web origins whose scripts may call. Asked with serialised origins only. @defaultValue none */
  readonly allowedOrigins?: (origin: string) => boolean;
  readonly upstreamName: string;
  readonly upstream: Upstream;
  readonly policy: UpstreamPolicy;
  readonly rateLimits?: {
    /** Per tenant, subject and client. @defaultValue 600 a minute */
    readonly mcp?: RateLimitRule;
  };
  /**
   * At least 32 bytes of entropy, shared by all replicas: session ids are sealed under a key derived from it, and nonces of
   * DPoP proofs are made with another.
   */
  readonly sessionSecret: Uint8Array;
  /**
   * Whether only tokens get in that are bound to a key of their client (RFC 9449), and whether a proof needs a nonce of this
   * gate (§9). @defaultValue neither: bound tokens get in with a proof, and bearer tokens as well
   */
  readonly dpop?: Pick<DpopOptions, 'required' | 'requireNonce'>;
  /** How long the answer to a call may take, its stream included. @defaultValue 1800 */
  readonly callTimeoutSeconds?: number;
  /** How long a standing stream may outlive its access token. @defaultValue 30 */
  readonly standingStreamGraceSeconds?: number;
  /** Largest body that is read. All of it is inspected. @defaultValue 4194304 */
  readonly maxBodyBytes?: number;
  /** A body that stands still for this long, or trickles, is given up. @defaultValue 10000 */
  readonly bodyIdleMilliseconds?: number;
  /** What an MCP request gets while revocations are not heard of. `refuse` answers 503. @defaultValue 'serve' */
  readonly whenBlind?: 'serve' | 'refuse';
}

/** {@link McpEndpointOptions} with nothing left open. */
export type McpEndpointSettings = Required<Omit<McpEndpointOptions, 'rateLimits' | 'sessionSecret' | 'dpop'>> & {
  readonly rateLimit: RateLimitRule;
  readonly dpop: DpopSettings;
};

/** What the host knows of one request. */
export interface McpRequestContext {
  /** Joins the events of one request. Made by the host, never taken from the client. */
  readonly correlationId: string;
  /** Where the request came from, as rate limits count it. */
  readonly network: string;
}

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} when the session secret is too short, a limit is not positive, or a URL is none
 * @throws {TypeError} when something in `dpop` is neither true nor false
 */
export function resolveSettings(
  options: McpEndpointOptions,
  { platform, oneTimeIds }: Pick<McpEndpointPorts, 'platform' | 'oneTimeIds'>,
): McpEndpointSettings {
  if (options.sessionSecret.length < 32) throw new RangeError('sessionSecret needs at least 32 bytes');
  for (const url of [options.resource, options.resourceMetadataUrl, options.publicOrigin]) {
    if (parseUrl(url) === undefined) throw new RangeError(`"${url}" is no absolute URL`);
  }
  const { tenantId } = options;
  const dpop: DpopOptions = {
    ...options.dpop,
    nonceSecret: options.sessionSecret,
    replayMemory: {
      use: (proofHash, expiresAt, now) => oneTimeIds.use(tenantId, 'dpop_proof', proofHash, expiresAt, now),
    },
  };
  const settings: McpEndpointSettings = {
    tenantId,
    issuer: options.issuer,
    resource: options.resource,
    resourceMetadataUrl: options.resourceMetadataUrl,
    publicOrigin: new URL(options.publicOrigin).origin,
    allowedOrigins: options.allowedOrigins ?? (() => false),
    upstreamName: options.upstreamName,
    upstream: options.upstream,
    policy: options.policy,
    dpop: resolveDpop(dpop, new URL(options.resource).origin, platform),
    rateLimit: options.rateLimits?.mcp ?? { name: 'mcp', points: 600, windowSeconds: 60 },
    callTimeoutSeconds: options.callTimeoutSeconds ?? 1800,
    standingStreamGraceSeconds: options.standingStreamGraceSeconds ?? 30,
    maxBodyBytes: options.maxBodyBytes ?? 4 * 1024 * 1024,
    bodyIdleMilliseconds: options.bodyIdleMilliseconds ?? 10_000,
    whenBlind: options.whenBlind ?? 'serve',
  };
  const { callTimeoutSeconds, standingStreamGraceSeconds, maxBodyBytes, bodyIdleMilliseconds } = settings;
  for (const limit of [callTimeoutSeconds, maxBodyBytes, bodyIdleMilliseconds, standingStreamGraceSeconds + 1]) {
    if (!(limit > 0)) throw new RangeError('Limits of an MCP endpoint must be positive');
  }
  return settings;
}
