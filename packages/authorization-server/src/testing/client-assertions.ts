import { CLIENT_ASSERTION_TYPE } from '@portcullis/protocol';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { configuredClient, type Form, ISSUER } from './fixtures.js';
import type { TestServer } from './test-server.js';

/** A key pair of a client. */
export interface TestKey {
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  /** With `kid` and `use`, without `alg`. */
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

export async function makeTestKey(algorithm: string, kid: string): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return { algorithm, privateKey, publicJwk, privateJwk: await exportJWK(privateKey) };
}

/** The keys of `conf`, one of each kind. */
export const KEYS = {
  ES256: await makeTestKey('ES256', 'es'),
  RS256: await makeTestKey('RS256', 'rs'),
  PS256: await makeTestKey('PS256', 'ps'),
  EdDSA: await makeTestKey('EdDSA', 'ed'),
};

export function jwksOf(...keys: readonly TestKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
}

/** The client of the abuse cases that proves itself with a key, and may do everything. */
export const conf = configuredClient('conf', {
  tokenEndpointAuthMethod: 'private_key_jwt',
  jwks: jwksOf(...Object.values(KEYS)),
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
});

/** What an assertion may say beyond what a good one says; undefined takes a member away. */
export interface AssertionChanges {
  readonly key?: TestKey;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: JWTPayload;
}

/** A good assertion of `conf`, but for the changes. */
export async function signAssertion(test: TestServer, changes: AssertionChanges = {}): Promise<string> {
  const key = changes.key ?? KEYS.ES256;
  const { now } = test.clock;
  const claims = { iss: 'conf', sub: 'conf', aud: ISSUER, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
  return new SignJWT({ ...claims, ...changes.claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.publicJwk.kid, ...changes.header } as { alg: string })
    .sign(key.privateKey);
}

/** The form fields of an assertion. */
export function assertionFields(assertion: string): Form {
  return { client_assertion_type: CLIENT_ASSERTION_TYPE, client_assertion: assertion };
}

/** The form of a client that acts in its own name, at the first of the two resources. */
export function ownName(changes: Form = {}): Form {
  return { grant_type: 'client_credentials', resource: 'https://gate.test/files/mcp', ...changes };
}
