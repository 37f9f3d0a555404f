import {
  type AuthorizationServer,
  createAuthorizationServer,
  type SigningKeyRecord,
} from '@portcullis/authorization-server';
import { createHttpUpstream, createMcpEndpoint, createStdioUpstream, type Upstream } from '@portcullis/gateway';
import type { UpstreamPolicy } from '@portcullis/policy';
import type {
  AuditSink,
  BoundedFetch,
  PasswordHasher,
  Platform,
  RateLimiter,
  Storage,
  UntrustedFetch,
} from '@portcullis/ports';
import { DEFAULT_TENANT, parseUrl } from '@portcullis/protocol';
import {
  buildProtectedResourceMetadata,
  createAccessTokenVerifier,
  createRevocationFollower,
  createVerificationKeys,
  PROTECTED_RESOURCE_WELL_KNOWN,
  protectedResourceMetadataUrl,
  recordUnknownKeyStorm,
} from '@portcullis/resource-server';
import {
  buildClientSnippets,
  createPages,
  renderHomePage,
  renderMcpEndpointPage,
  renderStatusPage,
  STYLESHEET_PATH,
  stylesheet,
} from '@portcullis/web';
import { demandsOfGate } from './client-demands.js';
import type { GatewayConfig, UpstreamConfig } from './config/gateway-config.js';
import { isLoopbackHost } from './config/public-url.js';
import { configuredRateLimits } from './configured-rate-limits.js';
import { PROGRAM_NAME } from './program-name.js';
import type { Routes } from './server/routes.js';
import { createKeyService } from './start/key-service.js';
import { startUpkeep } from './upkeep.js';
import { policyOf, resourceOf } from './upstream-resource.js';

/** What the wiring takes from the program's start. */
export interface ComposeDependencies {
  readonly platform: Platform;
  readonly storage: Storage;
  readonly passwordHasher: PasswordHasher;
  readonly rateLimiter: RateLimiter;
  readonly audit: AuditSink;
  /** Reaches addresses that clients name. */
  readonly untrustedFetch: UntrustedFetch;
  /** Reaches addresses that the operator configured. */
  readonly configuredFetch: BoundedFetch;
  /** 32 random bytes; keys for sealing are derived from it, each for one purpose. */
  readonly masterKey: Uint8Array<ArrayBuffer>;
  /** Takes a cleaned line that a stdio upstream wrote to its standard error. */
  onUpstreamOutput(upstream: string, line: string): void;
  /** Takes what an MCP endpoint met and should not have. */
  onFault(error: unknown, correlationId: string): void;
  /** Takes why expired rows were not swept; see `startUpkeep`. */
  onSweepFault(error: unknown): void;
  /** Takes why the store does not answer; see `startUpkeep`. */
  onStorageFault(error: unknown): void;
  /** Takes that no key signs; see `startUpkeep`. */
  onSigningFault(): void;
}

/** Every room, wired. */
export interface ComposedGateway {
  readonly routes: Routes;
  ready(): { readonly ready: boolean };
  /** The signing keys, once it has looked for the first time whether one is due. */
  signingKeys(): Promise<readonly SigningKeyRecord[]>;
  /** Refuses what is new, lets calls finish for up to `graceMilliseconds`, ends upstreams, stops following. */
  close(graceMilliseconds: number): Promise<void>;
}

/** An upstream with everything that stands around it. */
interface Protected {
  readonly config: UpstreamConfig;
  readonly upstream: Upstream;
  readonly policy: UpstreamPolicy;
  readonly endpoint: ReturnType<typeof createMcpEndpoint>;
}

/**
 * Wires the rooms: the only place where they meet. Resolves when the signing key is there and every live revocation mark
 * is held, so that nothing is served before both.
 */
export async function composeGateway(config: GatewayConfig, deps: ComposeDependencies): Promise<ComposedGateway> {
  const { platform, storage, audit } = deps;
  const issuer = config.publicUrl;
  const policies = new Map(config.upstreams.map((upstream) => [upstream, policyOf(upstream)]));
  const authorizationServer = await authorizationServerOf(config, deps, policies);
  const keys = createVerificationKeys({
    load: () => authorizationServer.verificationKeys(),
    clock: platform.clock,
    onStorm: () => recordUnknownKeyStorm({ audit, clock: platform.clock, tenantId: DEFAULT_TENANT, issuer }),
  });
  const revocations = createRevocationFollower({
    tenantId: DEFAULT_TENANT,
    store: storage.revocationMarks,
    clock: platform.clock,
    audit,
  });
  await revocations.start();

  const guarded = [...policies].map(([upstreamConfig, policy]): Protected => {
    const upstream = upstreamOf(upstreamConfig, config, deps);
    const { resource } = upstreamConfig;
    const { clockToleranceSeconds } = config.lifetimes;
    const verifier = createAccessTokenVerifier({
      tenantId: DEFAULT_TENANT,
      issuer,
      resource,
      keys,
      platform,
      revocations,
      clockToleranceSeconds,
    });
    const endpoint = createMcpEndpoint(
      {
        platform,
        verifier,
        revocations,
        rateLimiter: deps.rateLimiter,
        oneTimeIds: storage.oneTimeIds,
        audit,
        onFault: deps.onFault,
      },
      {
        tenantId: DEFAULT_TENANT,
        issuer,
        resource,
        resourceMetadataUrl: protectedResourceMetadataUrl(resource),
        publicOrigin: issuer,
        allowedOrigins: allowedOrigins(config),
        upstreamName: upstreamConfig.name ?? 'mcp',
        upstream,
        policy,
        dpop: upstreamConfig.dpop,
        rateLimits: { mcp: { name: 'mcp', points: config.rateLimits.mcpPerMinute, windowSeconds: 60 } },
        // The endpoint derives two keys from it: one serves session ids alone, one nonces of DPoP proofs.
        sessionSecret: deps.masterKey,
        callTimeoutSeconds: config.callTimeoutSeconds,
        whenBlind: config.revocation.whenBlind,
      },
    );
    return { config: upstreamConfig, upstream, policy, endpoint };
  });

  let firstLook: Promise<unknown> | undefined;
  const rotateKeysIfDue = (): Promise<unknown> => {
    const look = authorizationServer.keys.rotateIfDue();
    firstLook ??= look;
    return look;
  };
  const { onSweepFault, onStorageFault, onSigningFault } = deps;
  const canSign = () => authorizationServer.canSign();
  const faults = { onSweepFault, onStorageFault, onSigningFault };
  const upkeep = startUpkeep({ storage, platform, rotateKeysIfDue, canSign, ...faults });
  return {
    routes: routesOf(config, guarded, authorizationServer),
    ready: () => ({ ready: upkeep.storageAnswers() && upkeep.keySigns() && !revocations.isBlind() }),
    async signingKeys() {
      // What failed of it is in the trail.
      await firstLook?.catch(() => {});
      return authorizationServer.keys.list();
    },
    async close(graceMilliseconds) {
      upkeep.stop();
      await Promise.all(guarded.map(({ endpoint }) => endpoint.drain(graceMilliseconds)));
      await Promise.all(guarded.map(({ upstream }) => upstream.close(0)));
      revocations.stop();
    },
  };
}

async function authorizationServerOf(
  config: GatewayConfig,
  deps: ComposeDependencies,
  policies: ReadonlyMap<UpstreamConfig, UpstreamPolicy>,
): Promise<AuthorizationServer> {
  const resources = [...policies].map(([upstream, policy]) => resourceOf(upstream, policy));
  const { enabled: acceptsDocuments, ...documents } = config.clientIdMetadataDocuments;
  return createAuthorizationServer(
    {
      platform: deps.platform,
      storage: deps.storage,
      passwordHasher: deps.passwordHasher,
      rateLimiter: deps.rateLimiter,
      audit: deps.audit,
      pages: createPages({ stylesheetPath: STYLESHEET_PATH, pendingCommand: `${PROGRAM_NAME} clients pending` }),
      keyService: createKeyService(deps.masterKey, deps.platform.random),
      untrustedFetch: deps.untrustedFetch,
      configuredFetch: deps.configuredFetch,
    },
    {
      tenantId: DEFAULT_TENANT,
      issuer: config.publicUrl,
      resources,
      configuredClients: config.clients,
      dynamicRegistration: config.dynamicRegistration,
      registrationManagement: config.registrationManagement,
      pushedAuthorizationRequests: config.pushedAuthorizationRequests,
      // The server derives a key from it that serves these nonces alone.
      dpop: { ...config.dpop, nonceSecret: deps.masterKey },
      assertionIssuers: config.assertionIssuers,
      clientIdMetadataDocuments: acceptsDocuments ? documents : false,
      rememberConsent: config.rememberConsent,
      signing: config.signing,
      allowedRedirectSchemes: config.allowedRedirectSchemes,
      lifetimes: config.lifetimes,
      rateLimits: configuredRateLimits(config.rateLimits),
    },
  );
}

function upstreamOf(upstream: UpstreamConfig, config: GatewayConfig, deps: ComposeDependencies): Upstream {
  const { platform, audit } = deps;
  const name = upstream.name ?? 'mcp';
  const { callTimeoutSeconds } = config;
  if (upstream.kind === 'http') {
    return createHttpUpstream({ name, url: upstream.url, headers: upstream.headers, callTimeoutSeconds });
  }
  const { command, args, env, cwd } = upstream;
  return createStdioUpstream(
    { platform, audit, onStderrLine: (line) => deps.onUpstreamOutput(name, line) },
    { name, command, args, env, callTimeoutSeconds, tenantId: DEFAULT_TENANT, ...(cwd === undefined ? {} : { cwd }) },
  );
}

/** The configured origins; on a loopback gate, every page of this computer as well: that is where tools such as
 * inspectors run. They still need a token. */
function allowedOrigins(config: GatewayConfig): (origin: string) => boolean {
  const listed = new Set(config.allowedOrigins);
  const local = isLoopbackHost(new URL(config.publicUrl).hostname);
  return (origin) => listed.has(origin) || (local && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  const url = parseUrl(origin);
  return url !== undefined && url.origin === origin && isLoopbackHost(url.hostname);
}

function routesOf(config: GatewayConfig, guarded: readonly Protected[], server: AuthorizationServer): Routes {
  const pages = new Map(
    guarded.map(({ config: upstream }) => {
      const { path, resource, displayName, description, name } = upstream;
      const demands = demandsOfGate(config, upstream);
      const page = renderMcpEndpointPage({
        mcpUrl: resource,
        displayName,
        ...(description === undefined ? {} : { description }),
        ...(demands === undefined ? {} : { demands }),
        snippets: buildClientSnippets(resource, name ?? 'portcullis'),
      });
      return [path, page] as const;
    }),
  );
  const resources = config.upstreams.map(({ displayName, resource }) => ({ displayName, mcpUrl: resource }));
  const home = renderHomePage({ resources, accountPath: server.accountPath });
  const notFound = renderStatusPage({
    status: 404,
    title: 'There is nothing here',
    summary: 'This gate has no page at that address.',
    link: { path: '/', label: 'The MCP servers behind this gate' },
  });
  return {
    mcp: new Map(guarded.map(({ config: { path }, endpoint }) => [path, endpoint])),
    humanPage: (pathname) => pages.get(pathname),
    assets: new Map([[STYLESHEET_PATH, { contentType: 'text/css; charset=utf-8', body: stylesheet }]]),
    prm: protectedResourceDocuments(config.publicUrl, guarded),
    authorizationServer: server,
    home: () => home,
    notFound: () => notFound,
  };
}

/** One document a resource; the root one as well where there is exactly one resource, for clients that look there. */
function protectedResourceDocuments(issuer: string, guarded: readonly Protected[]): ReadonlyMap<string, string> {
  const documents = new Map<string, string>();
  for (const { config, policy } of guarded) {
    const { resource, displayName } = config;
    const document = buildProtectedResourceMetadata({
      resource,
      issuer,
      scopes: policy.defaultScopes,
      displayName,
      dpop: config.dpop.required ? 'required' : 'accepted',
    });
    documents.set(new URL(protectedResourceMetadataUrl(resource)).pathname, JSON.stringify(document));
    if (guarded.length === 1) documents.set(PROTECTED_RESOURCE_WELL_KNOWN, JSON.stringify(document));
  }
  return documents;
}
