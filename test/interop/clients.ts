import { generateKeyPairSync } from 'node:crypto';
import type { Client, ResourceDefinition } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import type { OracleClient } from '../support/oracle.js';

export const FILES = 'https://gate.test/files/mcp';
export const MAIL = 'https://gate.test/mail/mcp';
export const SCOPES: readonly string[] = ['files:read', 'files:write'];
export const DEFAULT_SCOPE = 'files:read';
export const REDIRECT_URI = 'https://app.test/cb';
export const LOOPBACK_REDIRECT_URI = 'http://127.0.0.1:51823/cb';

/** No secret is one that base64, forms and headers could hide something in: another test is about that. */
export const SECRET = 'a-secret-of-both-servers-000000000000';
export const INTROSPECTOR = { clientId: 'rs_files', secret: 'a-secret-of-the-resource-server-00000' };

/** A client as both servers know it. */
export interface ClientKind {
  readonly name: string;
  /** The same at both servers; undefined for one that registers itself and is given another id by each. */
  readonly clientId: string | undefined;
  readonly method: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  /** As registered. */
  readonly redirectUris: readonly string[];
  /** As it asks. */
  readonly redirectUri: string;
  readonly grantTypes: readonly string[];
  readonly applicationType: 'web' | 'native';
}

const base = {
  redirectUris: [REDIRECT_URI],
  redirectUri: REDIRECT_URI,
  grantTypes: ['authorization_code', 'refresh_token'],
  applicationType: 'web',
} as const;

/** The clients, by what they are called in the names of cases. */
export const CLIENTS = {
  public: { ...base, name: 'public', clientId: 'pub', method: 'none' },
  native: {
    ...base,
    name: 'native',
    clientId: 'nat',
    method: 'none',
    redirectUris: ['http://127.0.0.1/cb', 'http://localhost/cb'],
    redirectUri: LOOPBACK_REDIRECT_URI,
    applicationType: 'native',
  },
  basic: { ...base, name: 'basic', clientId: 'bas', method: 'client_secret_basic' },
  post: { ...base, name: 'post', clientId: 'pst', method: 'client_secret_post' },
  jwt: { ...base, name: 'jwt', clientId: 'jwt', method: 'private_key_jwt' },
  codeOnly: {
    ...base,
    name: 'code-only',
    clientId: 'cod',
    method: 'none',
    grantTypes: ['authorization_code'],
  },
  machine: {
    ...base,
    name: 'machine',
    clientId: 'mac',
    method: 'client_secret_basic',
    redirectUris: [],
    grantTypes: ['client_credentials'],
  },
  machineJwt: {
    ...base,
    name: 'machine-jwt',
    clientId: 'mjw',
    method: 'private_key_jwt',
    redirectUris: [],
    grantTypes: ['client_credentials'],
  },
  dynamic: { ...base, name: 'dynamic', clientId: undefined, method: 'none' },
} as const satisfies Record<string, ClientKind>;

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The key of the client with `private_key_jwt`. */
export const CLIENT_KEY = keys.privateKey;
const publicJwks = {
  keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'client-key', alg: 'ES256', use: 'sig' }],
};

/** Clients that are configured at both servers; the others register themselves. */
const configured = Object.values<ClientKind>(CLIENTS).filter(({ clientId }) => clientId !== undefined);

function hasSecret(method: ClientKind['method']): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

export const OWN_CLIENTS: readonly Client[] = configured.map((kind) => ({
  tenantId: 'default',
  clientId: kind.clientId ?? '',
  source: 'configured',
  clientName: `Client ${kind.name}`,
  redirectUris: kind.redirectUris,
  tokenEndpointAuthMethod: kind.method,
  clientSecretHash: hasSecret(kind.method) ? nodePlatform.hash(SECRET) : undefined,
  jwks: kind.method === 'private_key_jwt' ? JSON.stringify(publicJwks) : undefined,
  jwksUri: undefined,
  grantTypes: kind.grantTypes,
  scopes: undefined,
  applicationType: kind.applicationType,
  clientUri: undefined,
  createdAtEpochSeconds: 0,
  document: undefined,
}));

export const ORACLE_CLIENTS: readonly OracleClient[] = [
  ...configured.map(
    (kind): OracleClient => ({
      client_id: kind.clientId ?? '',
      redirect_uris: kind.redirectUris,
      token_endpoint_auth_method: kind.method,
      grant_types: kind.grantTypes,
      response_types: kind.grantTypes.includes('authorization_code') ? ['code'] : [],
      application_type: kind.applicationType,
      ...(hasSecret(kind.method) ? { client_secret: SECRET } : {}),
      ...(kind.method === 'private_key_jwt' ? { jwks: publicJwks } : {}),
    }),
  ),
  {
    client_id: INTROSPECTOR.clientId,
    client_secret: INTROSPECTOR.secret,
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [],
    response_types: [],
  },
];

export const OWN_RESOURCES: readonly ResourceDefinition[] = [FILES, MAIL].map((identifier) => ({
  identifier,
  displayName: identifier,
  scopes: SCOPES.map((name) => ({ name, description: `use ${name}` })),
  defaultScopes: [DEFAULT_SCOPE],
}));
