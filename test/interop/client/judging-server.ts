import { generateKeyPairSync } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js';
import { mcpAuthMetadataRouter, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import type { OAuthMetadata } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { AssertionIssuer, AuthorizationServerOptions } from '@portcullis/authorization-server';
import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import type { RequestHandler } from 'express';
import { type LoopbackHost, listenOnLoopback } from '../../support/loopback-host.js';
import { type OracleClient, startOracle } from '../../support/oracle.js';
import { ALICE, startOwnServer } from '../../support/own-server.js';
import { createExpressApplication, mountMcpEndpoint } from '../../support/protected-mcp-server.js';
import { SdkProvider } from '../../support/sdk-provider.js';
import { CHANGE, createJwtVerifier, guardBearer, type guardDpop, READ } from '../../support/token-guards.js';

/** An authorization server that judges the client, and an MCP server of the official SDK that takes its tokens. */
export interface JudgingServer {
  /** Of the authorization server's pages. */
  readonly origin: string;
  /** The MCP endpoint. */
  readonly url: string;
  readonly metadata: OAuthMetadata;
  /** The MCP endpoint takes none of the access tokens any longer that it has seen. */
  endAccessTokens(): void;
  /** The authorization server loses a client that registered itself, and all it was granted. */
  forgetClient(clientId: string): Promise<void>;
  /** What a server could not answer. Empty, unless one is broken. */
  faults(): readonly string[];
  close(): Promise<void>;
}

/** How the oracle is set up beside what is always the same. */
export interface OracleSetup {
  readonly clients?: readonly OracleClient[];
  readonly features?: Readonly<Record<string, object>>;
  readonly guard?: typeof guardBearer | typeof guardDpop;
}

const PATH = '/mcp';
const SCOPES = [READ, CHANGE];

/** `oidc-provider`, whose JWTs the MCP server verifies by itself. */
export async function startOidcProvider(setup: OracleSetup = {}): Promise<JudgingServer> {
  const host = await listenOnLoopback();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const oracle = await startOracle({
    clients: setup.clients ?? [],
    resources: { [host.origin + PATH]: SCOPES },
    introspectors: {},
    signingKey: { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' },
    defaultScope: READ,
    accessTokenFormat: 'jwt',
    features: setup.features ?? {},
  });
  return serveMcp(host, { ...oracle, faults: () => oracle.faults.map(String) }, setup.guard);
}

/** How ours is set up beside what is always the same. */
export interface OwnSetup extends Pick<OracleSetup, 'guard'> {
  readonly options?: Pick<AuthorizationServerOptions, 'dpop' | 'pushedAuthorizationRequests'>;
  /** By the resource of the MCP server. @defaultValue none */
  readonly assertionIssuers?: (resource: string) => readonly AssertionIssuer[];
}

/** Ours. */
export async function startOurs(
  configuredClients: readonly Client[] = [],
  { options, guard, assertionIssuers = () => [] }: OwnSetup = {},
): Promise<JudgingServer> {
  const host = await listenOnLoopback();
  const url = host.origin + PATH;
  const server = await startOwnServer({
    resources: [
      {
        identifier: url,
        displayName: 'Notes',
        scopes: SCOPES.map((name) => ({ name, description: `use ${name}` })),
        defaultScopes: [READ],
      },
    ],
    configuredClients,
    ...options,
    assertionIssuers: assertionIssuers(url),
  });
  const forgetClient = async (clientId: string): Promise<void> => {
    const now = nodePlatform.clock.nowEpochSeconds();
    await server.storage.clients.remove(
      'default',
      clientId,
      { now, markLifetimeSeconds: 3600 },
      { type: 'client.removed', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: now, clientId },
    );
  };
  const faults = (): string[] =>
    server.events.filter(({ outcome }) => outcome === 'failed').map(({ type, detail }) => `${type}: ${detail}`);
  return serveMcp(host, { ...server, forgetClient, faults }, guard);
}

/** The SDK's `mcpAuthRouter`: authorization server and MCP server in one application, as it is meant to be used. */
export async function startSdkRouter(): Promise<JudgingServer> {
  const host = await listenOnLoopback();
  const { origin } = host;
  const url = origin + PATH;
  const provider = new SdkProvider(url, SCOPES, ALICE, '/decide');
  const tokens = createEndableTokens(provider);
  const app = createExpressApplication();
  const unlimited = { rateLimit: false } as const;
  app.use(
    '/',
    mcpAuthRouter({
      provider,
      issuerUrl: new URL(origin),
      resourceServerUrl: new URL(url),
      scopesSupported: [...SCOPES],
      authorizationOptions: unlimited,
      clientRegistrationOptions: unlimited,
      revocationOptions: unlimited,
      tokenOptions: unlimited,
    }),
  );
  app.use('/decide', async (request, response) => {
    const location = provider.decide(new URLSearchParams(await text(request)));
    response.writeHead(location === undefined ? 403 : 303, location === undefined ? {} : { location }).end();
  });
  mountMcpEndpoint(app, PATH, guardBearer(url, tokens.verifier));
  host.serve(app);
  return {
    origin,
    url,
    metadata: await fetchMetadata(origin),
    endAccessTokens: tokens.end,
    forgetClient: async (clientId) => provider.forgetClient(clientId),
    faults: () => [],
    close: host.close,
  };
}

/** An MCP server apart from its authorization server. */
async function serveMcp(
  host: LoopbackHost,
  server: Pick<JudgingServer, 'origin' | 'forgetClient' | 'faults' | 'close'>,
  guard: (url: string, verifier: OAuthTokenVerifier) => RequestHandler = guardBearer,
): Promise<JudgingServer> {
  const url = host.origin + PATH;
  const metadata = await fetchMetadata(server.origin);
  const tokens = createEndableTokens(createJwtVerifier(metadata.issuer, String(metadata['jwks_uri']), url));
  const app = createExpressApplication();
  app.use(
    '/',
    mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: new URL(url), scopesSupported: [...SCOPES] }),
  );
  mountMcpEndpoint(app, PATH, guard(url, tokens.verifier));
  host.serve(app);
  const { origin, forgetClient, faults } = server;
  return {
    origin,
    url,
    metadata,
    endAccessTokens: tokens.end,
    forgetClient,
    faults,
    async close() {
      await Promise.all([host.close(), server.close()]);
    },
  };
}

/** A verifier that can be told to take what it has taken no longer: nothing else ends a JWT before its time. */
function createEndableTokens(verifier: OAuthTokenVerifier): { readonly verifier: OAuthTokenVerifier; end(): void } {
  const seen = new Set<string>();
  const ended = new Set<string>();
  return {
    verifier: {
      async verifyAccessToken(token) {
        if (ended.has(token)) throw new InvalidTokenError('The token was ended');
        seen.add(token);
        return verifier.verifyAccessToken(token);
      },
    },
    end() {
      for (const token of seen) ended.add(token);
    },
  };
}

async function fetchMetadata(origin: string): Promise<OAuthMetadata> {
  const response = await fetch(`${origin}/.well-known/oauth-authorization-server`);
  return (await response.json()) as OAuthMetadata;
}
