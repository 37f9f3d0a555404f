import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';

export const ISSUER = 'https://as.test';
export const FILES = 'https://gate.test/files/mcp';
export const MAIL = 'https://gate.test/mail/mcp';
export const SECRET = 'pcs_test-secret';
/** A PKCE pair that belongs together. */
export const VERIFIER = 'v'.repeat(43);
export const CHALLENGE = nodePlatform.hash(VERIFIER);

const scopes = ['files:read', 'files:write'].map((name) => ({ name, description: `use ${name}` }));

export const resources = [
  { identifier: FILES, displayName: 'Files', scopes, defaultScopes: ['files:read'] },
  { identifier: MAIL, displayName: 'Mail', scopes, defaultScopes: ['files:read'] },
];

/** A client that the operator configured. */
export function configuredClient(clientId: string, changes: Partial<Client> = {}): Client {
  return {
    tenantId: 'default',
    clientId,
    source: 'configured',
    clientName: `Client ${clientId}`,
    redirectUris: ['https://app.test/cb'],
    tokenEndpointAuthMethod: 'none',
    clientSecretHash: undefined,
    jwks: undefined,
    jwksUri: undefined,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: undefined,
    applicationType: 'web',
    clientUri: undefined,
    createdAtEpochSeconds: 0,
    document: undefined,
    ...changes,
  };
}

const withSecret = { clientSecretHash: nodePlatform.hash(SECRET) };

/** The clients of the abuse cases: public, native, with a secret. */
export const clients = [
  configuredClient('pub'),
  configuredClient('nat', {
    redirectUris: ['http://127.0.0.1/cb', 'http://localhost/cb', 'http://[::1]/cb'],
    applicationType: 'native',
  }),
  configuredClient('bas', { ...withSecret, tokenEndpointAuthMethod: 'client_secret_basic' }),
  configuredClient('pst', { ...withSecret, tokenEndpointAuthMethod: 'client_secret_post' }),
];

/** Form fields; a list repeats its name. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

export function encodeForm(form: Form): string {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of value === undefined ? [] : [value].flat()) encoded.append(name, one);
  }
  return encoded.toString();
}
