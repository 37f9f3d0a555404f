import { ID_JAG_TYPE, JWT_BEARER_GRANT_TYPE } from '@portcullis/protocol';
import { type JWTPayload, SignJWT } from 'jose';
import { expect } from 'vitest';
import type { IdentityProviderIssuer, WorkloadIssuer } from '../options.js';
import { assertionFields, conf, jwksOf, makeTestKey, signAssertion, type TestKey } from './client-assertions.js';
import { clients, configuredClient, FILES, type Form, ISSUER } from './fixtures.js';
import { claimsOf } from './test-client.js';
import { startTestServer, type TestServer } from './test-server.js';

/** The keys of the issuers below, which sign by RS256 as most do. */
export const ISSUER_KEYS = {
  provider: await makeTestKey('RS256', 'provider-key'),
  platform: await makeTestKey('RS256', 'platform-key'),
};

/** An identity provider that may speak of everybody. */
export const provider: IdentityProviderIssuer = {
  kind: 'identity_provider',
  issuer: 'https://idp.test',
  jwks: jwksOf(ISSUER_KEYS.provider),
};

/** A build service, with two identities; the first of them that fits is taken. */
export const platform: WorkloadIssuer = {
  kind: 'workload',
  name: 'builds',
  issuer: 'https://builds.test',
  jwks: jwksOf(ISSUER_KEYS.platform),
  identities: [
    {
      name: 'deploy',
      claims: { sub: 'repo:octo/app:ref:refs/heads/main', environment: 'production' },
      resources: [FILES],
      scopes: ['files:read', 'files:write'],
    },
    {
      name: 'any-build',
      claims: { sub: { startsWith: 'repo:octo/app:' } },
      resources: [FILES],
      scopes: ['files:read'],
    },
  ],
};

const withGrant = [...conf.grantTypes, JWT_BEARER_GRANT_TYPE];
const bas = clients.find(({ clientId }) => clientId === 'bas');

/** `conf` and `bas` of the abuse cases with the grant; `pub` is public and has it by mistake; `plain` has it not. */
export const assertionClients = [
  { ...conf, grantTypes: withGrant },
  configuredClient('bas', { ...bas, grantTypes: withGrant }),
  configuredClient('plain', { ...bas, clientId: 'plain' }),
  configuredClient('pub'),
];

/** An authorization server with both issuers. */
export function startAssertionServer(...[options, ...rest]: Parameters<typeof startTestServer>): Promise<TestServer> {
  return startTestServer(
    { configuredClients: assertionClients, assertionIssuers: [provider, platform], ...options },
    ...rest,
  );
}

/** What a JWT says beyond what a good one says; undefined takes a member away. */
export interface JwtChanges {
  readonly key?: TestKey;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: JWTPayload | Readonly<Record<string, unknown>>;
}

async function sign(key: TestKey, header: object, claims: object): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.publicJwk.kid, ...header } as { alg: string })
    .sign(key.privateKey);
}

/** A good ID-JAG of {@link provider} about somebody, for `conf` and the resource of files, but for the changes. */
export async function signIdJag(test: TestServer, changes: JwtChanges = {}): Promise<string> {
  const { now } = test.clock;
  const claims = {
    iss: provider.issuer,
    sub: 'U019488227',
    aud: ISSUER,
    client_id: 'conf',
    resource: FILES,
    scope: 'files:read',
    email: 'ada@corp.test',
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 300,
  };
  const header = { typ: ID_JAG_TYPE, ...changes.header };
  return sign(changes.key ?? ISSUER_KEYS.provider, header, { ...claims, ...changes.claims });
}

/** A good token of {@link platform} for the workload `deploy`, but for the changes. */
export async function signWorkloadToken(test: TestServer, changes: JwtChanges = {}): Promise<string> {
  const { now } = test.clock;
  const claims = {
    iss: platform.issuer,
    sub: 'repo:octo/app:ref:refs/heads/main',
    environment: 'production',
    aud: ISSUER,
    iat: now,
    exp: now + 300,
  };
  return sign(changes.key ?? ISSUER_KEYS.platform, { typ: 'JWT', ...changes.header }, { ...claims, ...changes.claims });
}

/** The form of a grant by assertion. */
export function byAssertion(assertion: string, changes: Form = {}): Form {
  return { grant_type: JWT_BEARER_GRANT_TYPE, assertion, ...changes };
}

/** What a replica does whose clock is `secondsAhead` of that of `test`: it forgets what is old. */
export async function sweepAhead({ storage, clock }: TestServer, secondsAhead: number): Promise<void> {
  await storage.sweep('default', clock.now + secondsAhead);
}

/** Presents an assertion as `conf`, which proves itself by its key. */
export async function presentAsConf(test: TestServer, assertion: string, changes: Form = {}): Promise<Response> {
  const proof = assertionFields(await signAssertion(test));
  return test.postForm('/token', byAssertion(assertion, { ...proof, ...changes }));
}

/** What an assertion yielded. */
interface Issued {
  readonly access_token: string;
  readonly scope: string;
  /** Of an ID-JAG alone. */
  readonly resource?: string;
}

/** A good answer to an assertion: never with a refresh token. */
export async function expectIssued(response: Response): Promise<Issued> {
  const body = (await response.json()) as Issued;
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 600,
    scope: expect.any(String),
    ...(body.resource === undefined ? {} : { resource: claimsOf(body.access_token)['aud'] }),
  });
  expect(response.status).toBe(200);
  return body;
}

/** What an assertion could have left: users, their grants and events. That it was not used up shows only when it comes again. */
export async function rowsOf({ storage, clock }: TestServer): Promise<object> {
  const users = await storage.users.list('default');
  const grants = users.map(({ subject }) => storage.grants.listOfUser('default', subject, clock.now));
  return { users, grants: await Promise.all(grants), events: [...storage.events] };
}
