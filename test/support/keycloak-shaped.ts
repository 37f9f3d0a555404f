import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';
import { authorizeByForms, FormBrowser } from './form-browser.js';
import { listenOnLoopback } from './loopback-host.js';

/** `oidc-provider` with the issuer and the tokens of a Keycloak realm. */
export interface KeycloakShaped {
  /** `http://127.0.0.1:PORT/realms/acme` */
  readonly issuer: string;
  readonly clientId: string;
  /** Signs somebody in and redeems the code. Without a mapper for the audience, `aud` is `account`. */
  signIn(resource: string, options?: { readonly withAudienceMapper?: boolean }): Promise<KeycloakTokens>;
  close(): Promise<void>;
}

/** What a client gets. */
export interface KeycloakTokens {
  readonly accessToken: string;
  readonly idToken: string;
}

/** What {@link startKeycloakShaped} is set up with. */
export interface KeycloakShape {
  /** Resource identifiers (RFC 8707). */
  readonly resources: readonly string[];
  /** The scope that each has, and that is asked for. */
  readonly scope: string;
  /** The claims that tell roles. */
  readonly roles: {
    readonly realm_access: { readonly roles: readonly string[] };
    readonly resource_access: Readonly<Record<string, { readonly roles: readonly string[] }>>;
  };
}

const REALM = '/realms/acme';
const CLIENT_ID = 'mcp-app';
const REDIRECT_URI = 'http://127.0.0.1:52346/callback';

/** What of an access token is put into its JWT. */
interface TokenParts {
  header: object | undefined;
  payload: Record<string, unknown>;
}

/**
 * Starts one. Keycloak does not run here: this is another server, whose access tokens are given the header and the claims
 * that Keycloak's have, and its ID tokens the claim by which Keycloak's are told from them. Signed with RS256, by one key
 * for both.
 */
export async function startKeycloakShaped({ resources, scope, roles }: KeycloakShape): Promise<KeycloakShaped> {
  const host = await listenOnLoopback();
  const issuer = host.origin + REALM;
  let withMapper = true;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: ['only for this test'] },
    pkce: { required: () => true },
    scopes: ['openid', scope],
    claims: { openid: ['sub', 'typ'] },
    conformIdTokenClaims: false,
    ttl: { AccessToken: 300, IdToken: 300, AuthorizationCode: 60, Grant: 300, Interaction: 300, Session: 300 },
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId, typ: 'ID' }),
    }),
    extraTokenClaims: async (_context: unknown, { clientId }: { clientId: string }) => ({
      typ: 'Bearer',
      azp: clientId,
      ...roles,
    }),
    formats: {
      customizers: {
        jwt: async (_context: unknown, _token: unknown, parts: TokenParts) => {
          const { client_id: _, aud, ...payload } = parts.payload;
          parts.header = { typ: 'JWT' };
          parts.payload = { ...payload, aud: withMapper ? [aud, 'account'] : 'account' };
        },
      },
    },
    features: {
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_context: unknown, resource: string) => {
          if (!resources.includes(resource)) throw new errors.InvalidTarget();
          return { scope, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
        },
      },
    },
  });
  const callback = provider.callback();
  host.serve((request, response) => {
    // Mounted under the realm's path: the provider reads from `originalUrl` where it is.
    const url = request.url ?? '/';
    const isOfRealm = url.startsWith(`${REALM}/`);
    Object.assign(request, { originalUrl: url, url: isOfRealm ? url.slice(REALM.length) : '/none' });
    callback(request, response);
  });
  return {
    issuer,
    clientId: CLIENT_ID,
    async signIn(resource, { withAudienceMapper = true } = {}) {
      withMapper = withAudienceMapper;
      return signIn(host.origin, issuer, resource, scope);
    },
    close: host.close,
  };
}

function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'realm-key', alg: 'RS256', use: 'sig' };
}

async function signIn(origin: string, issuer: string, resource: string, scope: string): Promise<KeycloakTokens> {
  const codeVerifier = randomBytes(48).toString('base64url');
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: `openid ${scope}`,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource,
  });
  const person = { username: 'alice', password: 'any' };
  const location = await authorizeByForms(new FormBrowser(origin), `${issuer}/auth?${request}`, person);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code: location.searchParams.get('code') ?? '',
      code_verifier: codeVerifier,
      resource,
    }),
  });
  const tokens = (await response.json()) as { access_token?: string; id_token?: string };
  if (tokens.access_token === undefined || tokens.id_token === undefined) {
    throw new Error(`The realm answered ${location} and ${response.status}: ${JSON.stringify(tokens)}`);
  }
  return { accessToken: tokens.access_token, idToken: tokens.id_token };
}
