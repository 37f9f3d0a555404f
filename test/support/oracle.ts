import Provider, { errors } from 'oidc-provider';
import { listenOnLoopback } from './loopback-host.js';

/** A client of both servers, in the words of RFC 7591. */
export interface OracleClient {
  readonly client_id: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: string;
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly client_secret?: string;
  readonly application_type?: 'web' | 'native';
  readonly jwks?: { readonly keys: readonly object[] };
  readonly scope?: string;
}

/** What the oracle is set up with, beside what MCP asks of every server. */
export interface OracleOptions {
  readonly clients: readonly OracleClient[];
  /** Resource identifiers and their scopes. A request that names none of them is `invalid_target`. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Resource servers: clients that may introspect tokens for the resource, and only those. */
  readonly introspectors: Readonly<Record<string, string>>;
  /** The private signing key, as a JWK. */
  readonly signingKey: object;
  /** What a request without `scope` asks for. The oracle has no default of its own. */
  readonly defaultScope: string;
  /**
   * Ours are JWTs. The oracle's own can be neither revoked nor introspected, and there would be nothing to compare.
   * @defaultValue "opaque"
   */
  readonly accessTokenFormat?: 'opaque' | 'jwt';
  /** Features beside those that every server has that is compared with ours. @defaultValue none */
  readonly features?: Readonly<Record<string, object>>;
}

/** `oidc-provider` on a loopback port, with its own development pages for sign-in and consent. */
export interface Oracle {
  readonly origin: string;
  /** What it answered 500 for: its configuration is wrong where this is not empty. */
  readonly faults: readonly Error[];
  /** Loses a client that registered itself, as a server does that was set up anew. */
  forgetClient(clientId: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the certified server that ours is compared with, configured as MCP asks: code flow alone, PKCE with S256 for
 * every client, one resource for each token, refresh tokens without `offline_access` and rotated each time, registration
 * open to anybody, no ID tokens asked for.
 */
export async function startOracle(options: OracleOptions): Promise<Oracle> {
  const host = await listenOnLoopback();
  const Adapter = createOracleAdapter();
  const provider = new Provider(host.origin, configure(options, Adapter));
  const faults: Error[] = [];
  provider.on('server_error', (_context: unknown, error: Error) => void faults.push(error));
  const callback = provider.callback();
  host.serve((request, response) => {
    request.url = withDefaultScope(request.url ?? '/', options.defaultScope);
    callback(request, response);
  });
  const forgetClient = (clientId: string): Promise<void> => new Adapter('Client').destroy(clientId);
  return { origin: host.origin, faults, forgetClient, close: host.close };
}

function configure(options: OracleOptions, Adapter: OracleAdapterClass): object {
  const allScopes = [...new Set(Object.values(options.resources).flat())];
  return {
    adapter: Adapter,
    clients: options.clients,
    jwks: { keys: [options.signingKey] },
    // Taking requests by POST as well has this for a condition.
    cookies: { keys: ['only for this test'], long: { sameSite: 'none' } },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    responseTypes: ['code'],
    scopes: ['offline_access', ...allScopes],
    pkce: { required: () => true },
    enableHttpPostMethods: true,
    issueRefreshToken: async (_context: unknown, client: { grantTypeAllowed(grantType: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    // A person is asked each time: no grant is found but the one that this very interaction made.
    loadExistingGrant: async ({ oidc }: InteractionContext) => {
      const grantId = oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId);
    },
    expiresWithSession: async () => false,
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, RefreshToken: 86_400 },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      introspection: '/introspect',
      registration: '/register',
      jwks: '/jwks',
    },
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: async (_context: unknown, client: { clientId: string }, token: IntrospectedToken) => {
          const resource = token.aud ?? token.resource;
          return resource !== undefined && options.introspectors[client.clientId] === resource;
        },
      },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_context: unknown, _client: unknown, oneOf: readonly string[] | undefined) => {
          if (oneOf !== undefined) return oneOf;
          throw new errors.InvalidTarget();
        },
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_context: unknown, resource: string) => {
          const scopes = options.resources[resource];
          if (scopes === undefined) throw new errors.InvalidTarget();
          const { accessTokenFormat = 'opaque' } = options;
          const jwt = accessTokenFormat === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {};
          return { scope: scopes.join(' '), audience: resource, accessTokenFormat, ...jwt };
        },
      },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      ...options.features,
    },
  };
}

/** A request without a scope, or with an empty one, gets the default in its place. */
function withDefaultScope(target: string, defaultScope: string): string {
  const [path = '', query = ''] = target.split('?', 2);
  if (path !== '/authorize' || query === '') return target;
  const parameters = query.split('&').filter((parameter) => parameter !== 'scope=' && parameter !== 'scope');
  const isNamed = parameters.some((parameter) => parameter.startsWith('scope='));
  return `${path}?${(isNamed ? parameters : [...parameters, `scope=${encodeURIComponent(defaultScope)}`]).join('&')}`;
}

/** An access token has an audience; a refresh token, the resource that it is for. */
interface IntrospectedToken {
  readonly aud?: string;
  readonly resource?: string;
}

interface InteractionContext {
  readonly oidc: {
    readonly result?: { readonly consent?: { readonly grantId?: string } };
    readonly provider: { readonly Grant: { find(grantId: string): Promise<object | undefined> } };
  };
}

interface Stored {
  payload: Record<string, unknown>;
}

type OracleAdapterClass = new (model: string) => { destroy(id: string): Promise<void> };

/** Plain maps that forget nothing: the adapter that comes with it drops what is beyond its thousandth entry. */
function createOracleAdapter(): OracleAdapterClass {
  const rows = new Map<string, Stored>();
  return class OracleAdapter {
    readonly #prefix: string;

    constructor(model: string) {
      this.#prefix = `${model}:`;
    }

    async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
      rows.set(this.#prefix + id, { payload });
    }

    async find(id: string): Promise<Record<string, unknown> | undefined> {
      return rows.get(this.#prefix + id)?.payload;
    }

    async findByUid(uid: string): Promise<Record<string, unknown> | undefined> {
      for (const [key, { payload }] of rows) if (key.startsWith(this.#prefix) && payload['uid'] === uid) return payload;
      return undefined;
    }

    async findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined> {
      return [...rows.values()].find(({ payload }) => payload['userCode'] === userCode)?.payload;
    }

    async consume(id: string): Promise<void> {
      const row = rows.get(this.#prefix + id);
      if (row !== undefined) row.payload = { ...row.payload, consumed: Math.floor(Date.now() / 1000) };
    }

    async destroy(id: string): Promise<void> {
      rows.delete(this.#prefix + id);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, { payload }] of rows) if (payload['grantId'] === grantId) rows.delete(key);
    }
  };
}
