import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** Who can sign in at a Glewlwyd of a test's own. */
export interface GlewlwydPerson {
  readonly username: string;
  readonly password: string;
  /** `groups` in its tokens: a list in ID tokens, one text with commas in access tokens. */
  readonly groups: readonly string[];
}

/** A client that it knows. */
export interface GlewlwydClient {
  readonly clientId: string;
  /** Proven by HTTP Basic. Undefined for a public client. */
  readonly clientSecret: string | undefined;
}

/** What was set up. */
export interface GlewlwydSetup {
  readonly issuer: string;
  readonly person: GlewlwydPerson;
  readonly publicClient: GlewlwydClient;
  readonly confidentialClient: GlewlwydClient;
}

/** Somebody's cookies, and requests that carry them. */
export interface GlewlwydSession {
  /** One request, redirects not followed. */
  request(method: string, path: string, body?: unknown): Promise<Response>;
  /** The same; what was answered, parsed. @throws where that is not 200 */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** A session without cookies yet. */
export function openSession(origin: string): GlewlwydSession {
  const cookies = new Map<string, string>();
  const session: GlewlwydSession = {
    async request(method, path, body) {
      const response = await fetch(origin + path, {
        method,
        redirect: 'manual',
        headers: {
          cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      return response;
    },
    async call(method, path, body) {
      const response = await session.request(method, path, body);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
  };
  return session;
}

/** Who a new database has for an administrator. */
const ADMINISTRATOR = { username: 'admin', password: 'password' };

/** Makes the person, the scopes, the OpenID Connect plugin and the clients. @throws with its words when it refuses */
export async function setUpGlewlwyd(
  origin: string,
  redirectUri: string,
  resources: Readonly<Record<string, readonly string[]>>,
): Promise<GlewlwydSetup> {
  const issuer = `${origin}/api/oidc`;
  const scopes = Object.values(resources).flat();
  const person = { username: 'user1', password: randomBytes(18).toString('base64url'), groups: ['eng', 'mcp-admins'] };
  const publicClient = { clientId: 'native-app', clientSecret: undefined };
  const confidentialClient = { clientId: 'web-app', clientSecret: randomBytes(24).toString('base64url') };
  const { call } = openSession(origin);
  await call('POST', '/api/auth/', ADMINISTRATOR);
  for (const name of scopes) await call('POST', '/api/scope/', scopeOf(name));
  await addGroups(call);
  await call('POST', '/api/user/', {
    ...person,
    name: 'User One',
    email: 'user1@example.com',
    enabled: true,
    scope: ['openid', 'g_profile', ...scopes],
  });
  await call('POST', '/api/mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    parameters: pluginParameters(issuer, resources),
  });
  for (const { clientId, clientSecret } of [publicClient, confidentialClient]) {
    await call('POST', '/api/client/', {
      client_id: clientId,
      name: clientId,
      enabled: true,
      confidential: clientSecret !== undefined,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      token_endpoint_auth_method: [clientSecret === undefined ? 'none' : 'client_secret_basic'],
      authorization_type: ['code', 'refresh_token'],
      redirect_uri: [redirectUri],
      scope: [],
    });
  }
  return { issuer, person, publicClient, confidentialClient };
}

function scopeOf(name: string): object {
  return {
    name,
    display_name: name,
    description: `Use ${name}`,
    password_required: true,
    password_max_age: 600,
    scheme: {},
    scheme_required: {},
  };
}

/** Its users have no groups until they are told to: a property with several values, which takes effect after a reset. */
async function addGroups(call: GlewlwydSession['call']): Promise<void> {
  const users = '/api/mod/user/database';
  const found = (await call('GET', users)) as { parameters: { 'data-format'?: Record<string, object> } };
  const groups = { multiple: true, read: true, write: true, 'profile-read': true, 'profile-write': false };
  const parameters = { ...found.parameters, 'data-format': { ...found.parameters['data-format'], groups } };
  await call('PUT', users, { ...found, parameters });
  await call('PUT', `${users}/reset`);
}

function pluginParameters(issuer: string, resources: Readonly<Record<string, readonly string[]>>): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'glewlwyd-1', alg: 'RS256', use: 'sig' };
  const scopes = Object.values(resources).flat();
  return {
    iss: issuer,
    'jwks-private': JSON.stringify({ keys: [key] }),
    'default-kid': key.kid,
    'jwks-show': true,
    'jwks-x5c': [],
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    'code-duration': 60,
    'access-token-duration': 600,
    'refresh-token-duration': 86_400,
    'refresh-token-rolling': true,
    'refresh-token-one-use': 'always',
    'allow-non-oidc': true,
    'auth-type-code-enabled': true,
    'auth-type-code-revoke-replayed': true,
    'auth-type-token-enabled': false,
    'auth-type-id-token-enabled': true,
    'auth-type-none-enabled': false,
    'auth-type-password-enabled': false,
    'auth-type-client-enabled': false,
    'auth-type-device-enabled': false,
    'auth-type-refresh-enabled': true,
    scope: [],
    'allowed-scope': ['openid', ...scopes],
    'additional-parameters': [{ 'user-parameter': 'groups', 'token-parameter': 'groups' }],
    claims: [
      { name: 'groups', 'user-property': 'groups', type: 'string', mandatory: true, 'on-demand': false, scope: [] },
    ],
    'name-claim': 'no',
    'email-claim': 'no',
    'scope-claim': 'no',
    'address-claim': { type: 'no' },
    'subject-type': 'public',
    'pkce-allowed': true,
    'pkce-method-plain-allowed': false,
    'pkce-required': true,
    'oauth-as-iss-id': true,
    'resource-allowed': true,
    'resource-scope': Object.fromEntries(
      Object.entries(resources).flatMap(([resource, names]) => names.map((name) => [name, [resource]])),
    ),
    'resource-client-property': '',
    'resource-scope-and-client-property': false,
    'introspection-revocation-allowed': true,
    'introspection-revocation-auth-scope': [],
    'introspection-revocation-allow-target-client': true,
  };
}
