import type { RequestListener } from 'node:http';
import { createLogAuditSink } from '@portcullis/audit';
import {
  type AuthorizationServer,
  ConfigurationError,
  createAuthorizationServer,
  createSealedKeyService,
} from '@portcullis/authorization-server';
import { nodeListener } from '@portcullis/authorization-server/node';
import { type AuditSink, type Client, createSealer, type RateLimiter } from '@portcullis/ports';
import { importNodeSigner, nodePlatform } from '@portcullis/ports/node';
import { createMemoryRateLimiter } from '@portcullis/storage/rate-limiter';
import { createPages } from '@portcullis/web';
import { createLogger, createLogWriter } from 'portcullis/dist/logging.js';
import { createClientNetworkReader } from 'portcullis/dist/server/client-address.js';
import { createDispatcher } from 'portcullis/dist/server/dispatch.js';
import { createFloodGuard } from 'portcullis/dist/server/flood-guard.js';
import { createHostCheck } from 'portcullis/dist/server/host-check.js';
import { NotServed, type TargetModule } from '../../lib/target-module.js';
import {
  clientCredentialsRequest,
  MACHINE,
  PUBLIC,
  prepareEach,
  RESOURCE,
  redemptionRequest,
  refreshRequest,
  SCOPES,
} from '../workload.js';
import { addUser, issueCode, issueRefreshToken, TENANT } from './portcullis-rows.js';
import { openStorage } from './portcullis-storage.js';

/** Limits are counted as always; only nobody reaches them. */
const UNREACHED = { points: 1_000_000_000, windowSeconds: 60 };

/**
 * Our authorization server. Options: `storage`, see {@link openStorage}; `host`: `program` for what the program puts
 * around it (its dispatcher with every guard, its counters, a log line for each event), `bare` for the library as a host of
 * its own serves it, with no trail and no limits of its own.
 */
export const createTarget: TargetModule['createTarget'] = async (place, { storage: kind, host }) => {
  const { origin, benchmark } = place;
  const { storage, close } = await openStorage(String(kind), place);
  const rateLimiter = createMemoryRateLimiter();
  const isProgram = host === 'program';
  const logger = createLogger({ level: 'info', pretty: false, colour: false });
  const audit: AuditSink = isProgram ? createLogAuditSink(createLogWriter(logger)) : { record: () => {} };
  const server = await createServer(origin, benchmark, { storage, rateLimiter, audit }).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  await addUser(storage);
  return {
    listener: isProgram ? programListener(server, origin, { rateLimiter, audit }) : nodeListener(server),
    close,
    prepare: (count) =>
      prepareEach(count, async () => {
        switch (benchmark) {
          case 'client_credentials':
            return clientCredentialsRequest();
          case 'refresh_token':
            return refreshRequest(await issueRefreshToken(storage));
          default:
            return redemptionRequest(await issueCode(storage));
        }
      }),
  };
};

async function createServer(
  origin: string,
  benchmark: string,
  ports: Pick<Parameters<typeof createAuthorizationServer>[0], 'storage' | 'rateLimiter' | 'audit'>,
): Promise<AuthorizationServer> {
  const sealer = createSealer(nodePlatform.random.bytes(32), 'signing keys', nodePlatform.random);
  try {
    const server = await createAuthorizationServer(
      {
        ...ports,
        platform: nodePlatform,
        // Nobody signs in.
        passwordHasher: { hash: async () => '', verify: async () => false },
        pages: createPages({ stylesheetPath: '/style.css' }),
        keyService: createSealedKeyService(sealer, importNodeSigner),
      },
      {
        tenantId: TENANT,
        issuer: origin,
        resources: [
          {
            identifier: RESOURCE,
            displayName: 'Files',
            scopes: SCOPES.map((name) => ({ name, description: `use ${name}` })),
            defaultScopes: SCOPES,
          },
        ],
        configuredClients: [benchmark === 'client_credentials' ? machineClient : publicClient],
        rateLimits: { tokenPerCredential: { name: 'token', ...UNREACHED } },
      },
    );
    await demandGrant(server, origin, benchmark);
    return server;
  } catch (error) {
    // A client that this build cannot be given is one of a grant that it does not serve.
    if (error instanceof ConfigurationError) throw new NotServed(`by this build (${error.message})`);
    throw error;
  }
}

/** The name of the benchmark is that of the grant. @throws NotServed where the metadata does not announce it */
async function demandGrant(server: AuthorizationServer, origin: string, grantType: string): Promise<void> {
  const request = new Request(`${origin}/.well-known/oauth-authorization-server`);
  const response = await server.fetch(request, { network: '127.0.0.1', correlationId: 'start' });
  const { grant_types_supported: served } = (await response.json()) as { grant_types_supported: readonly string[] };
  if (!served.includes(grantType)) throw new NotServed('by this build (the metadata does not announce the grant)');
}

const clientBase = {
  tenantId: TENANT,
  source: 'configured',
  jwks: undefined,
  jwksUri: undefined,
  scopes: undefined,
  applicationType: 'web',
  clientUri: undefined,
  createdAtEpochSeconds: 0,
  document: undefined,
} as const;

const machineClient: Client = {
  ...clientBase,
  clientId: MACHINE.clientId,
  clientName: 'A machine',
  redirectUris: [],
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: nodePlatform.hash(MACHINE.secret),
  grantTypes: ['client_credentials'],
};

const publicClient: Client = {
  ...clientBase,
  clientId: PUBLIC.clientId,
  clientName: 'A public client',
  redirectUris: [PUBLIC.redirectUri],
  tokenEndpointAuthMethod: 'none',
  clientSecretHash: undefined,
  grantTypes: ['authorization_code', 'refresh_token'],
};

/** The program's own way of serving, with nothing behind it but the authorization server. */
function programListener(
  server: AuthorizationServer,
  origin: string,
  { rateLimiter, audit }: { readonly rateLimiter: RateLimiter; readonly audit: AuditSink },
): RequestListener {
  const nothing = '<!doctype html><title>Nothing here</title>';
  return createDispatcher({
    routes: {
      mcp: new Map(),
      humanPage: () => undefined,
      assets: new Map(),
      prm: new Map(),
      authorizationServer: server,
      home: () => nothing,
      notFound: () => nothing,
    },
    publicUrl: origin,
    strictTransport: undefined,
    ready: () => ({ ready: true }),
    clientNetwork: createClientNetworkReader([]),
    hostCheck: createHostCheck(origin, '127.0.0.1'),
    floodGuard: createFloodGuard({ perMinute: UNREACHED.points, rateLimiter, audit, clock: nodePlatform.clock }),
    platform: nodePlatform,
    audit,
    onFault: () => {},
  });
}
