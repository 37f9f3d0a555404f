import { clientCredentials, type PreRegisteredClient } from '@portcullis/client';
import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2 } from '../../support/fetch-clients.js';
import type { OracleClient } from '../../support/oracle.js';
import { READ } from '../../support/token-guards.js';
import { type JudgingServer, startOidcProvider, startOurs } from './judging-server.js';
import { startClientProgram } from './program.js';

// A machine in its own name, at a server that others wrote and at ours. Its secret has what every encoding changes.

const SECRET = 'a secret + of 100% "both": servers, 32 bytes and more';

/** What both servers are told of a client, by how it proves itself. */
const METHODS = ['private_key_jwt', 'client_secret_basic', 'client_secret_post'] as const;
type Method = (typeof METHODS)[number];

const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
  'sign',
  'verify',
]);
const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };

const ofOracle = (method: Method): OracleClient => ({
  client_id: method,
  redirect_uris: [],
  token_endpoint_auth_method: method,
  grant_types: ['client_credentials'],
  response_types: [],
  ...(method === 'private_key_jwt' ? { jwks } : { client_secret: SECRET }),
});

const ofOurs = (method: Method): Client => ({
  tenantId: 'default',
  clientId: method,
  source: 'configured',
  clientName: method,
  redirectUris: [],
  tokenEndpointAuthMethod: method,
  clientSecretHash: method === 'private_key_jwt' ? undefined : nodePlatform.hash(SECRET),
  jwks: method === 'private_key_jwt' ? JSON.stringify(jwks) : undefined,
  jwksUri: undefined,
  grantTypes: ['client_credentials'],
  scopes: undefined,
  applicationType: 'web',
  clientUri: undefined,
  createdAtEpochSeconds: 0,
  document: undefined,
});

describe.each([
  ['oidc-provider', () => startOidcProvider({ clients: METHODS.map(ofOracle) })],
  ['our own server', () => startOurs(METHODS.map(ofOurs))],
])('a machine at %s', (_name, startJudge) => {
  let judge: JudgingServer;

  beforeAll(async () => {
    judge = await startJudge();
  });

  afterAll(() => judge?.close());

  it.each([
    ['private_key_jwt', 'SDK v1', connectSdkV1, { privateKey }],
    ['private_key_jwt', 'SDK v2', connectSdkV2, { privateKey }],
    ['client_secret_basic', 'SDK v1', connectSdkV1, { clientSecret: SECRET, authMethod: 'client_secret_basic' }],
    ['client_secret_post', 'SDK v2', connectSdkV2, { clientSecret: SECRET, authMethod: 'client_secret_post' }],
  ] as const)(
    'is let in by %s through %s, and again when its token has ended',
    async (clientId, _sdk, connect, proof) => {
      const preRegistered: PreRegisteredClient = { clientId, issuer: judge.metadata.issuer, ...proof };
      const program = startClientProgram(judge.url, undefined, {
        grant: clientCredentials(),
        client: { preRegistered },
      });
      const mcp = await connect(judge.url, program.fetch);
      try {
        const who = JSON.stringify({ clientId, scopes: [READ] });
        expect(await mcp.callTool('who')).toBe(who);
        const { accessToken } = await program.tokens();
        judge.endAccessTokens();
        expect(await mcp.callTool('who')).toBe(who);
        expect((await program.tokens()).accessToken).not.toBe(accessToken);
        expect(program.events.filter((type) => type === 'signed_in')).toHaveLength(2);
        expect(judge.faults()).toEqual([]);
      } finally {
        await mcp.close();
      }
    },
  );
});
