import {
  CrossAppAccessProvider,
  discoverAndRequestJwtAuthGrant,
  Client as McpClient,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { enterpriseManaged } from '@portcullis/client';
import type { Client } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectSdkV2 } from '../../support/fetch-clients.js';
import { CHANGE, READ } from '../../support/token-guards.js';
import { type JudgingServer, startOurs } from '../client/judging-server.js';
import { startClientProgram } from '../client/program.js';
import { type AssertionMaker, CLIENT_ID, PROVIDER_CLIENT, startAssertionMaker } from './assertion-maker.js';

// An identity provider that is not ours vouches for a person, and clients that are not ours bring its word: by discovery
// of its keys, over real HTTP.

const SECRET = 'a secret + of 100% "both": servers, 32 bytes and more';
const INSECURE = { [oauth.allowInsecureRequests]: true };
const agent: Client = {
  tenantId: 'default',
  clientId: CLIENT_ID,
  source: 'configured',
  clientName: 'An agent',
  redirectUris: [],
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: nodePlatform.hash(SECRET),
  jwks: undefined,
  jwksUri: undefined,
  grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
  scopes: undefined,
  applicationType: 'web',
  clientUri: undefined,
  createdAtEpochSeconds: 0,
  document: undefined,
};

let provider: AssertionMaker;
let ours: JudgingServer;

beforeAll(async () => {
  provider = await startAssertionMaker();
  ours = await startOurs([agent], { assertionIssuers: () => [{ kind: 'identity_provider', issuer: provider.issuer }] });
});
afterAll(async () => {
  await ours?.close();
  await provider?.close();
});

const idToken = () => provider.sign({ sub: 'ada', email: 'ada@corp.test', aud: PROVIDER_CLIENT.clientId });
const idJag = (changes: object = {}) =>
  provider.sign(
    {
      sub: 'ada',
      aud: ours.metadata.issuer,
      resource: ours.url,
      client_id: CLIENT_ID,
      scope: READ,
      jti: crypto.randomUUID(),
      ...changes,
    },
    'oauth-id-jag+jwt',
  );

it('our own client goes by the word of the identity provider, and again when its token has ended', async () => {
  const { issuer } = ours.metadata;
  const program = startClientProgram(ours.url, undefined, {
    grant: enterpriseManaged({ identityProviderTokenEndpoint: provider.tokenEndpoint, ...PROVIDER_CLIENT, idToken }),
    client: {
      preRegistered: { clientId: CLIENT_ID, issuer, clientSecret: SECRET, authMethod: 'client_secret_basic' },
    },
  });
  const mcp = await connectSdkV2(ours.url, program.fetch);
  try {
    expect(JSON.parse(await mcp.callTool('who'))).toMatchObject({ clientId: CLIENT_ID });
    const { accessToken } = await program.tokens();
    ours.endAccessTokens();
    expect(JSON.parse(await mcp.callTool('who'))).toMatchObject({ clientId: CLIENT_ID });
    expect((await program.tokens()).accessToken).not.toBe(accessToken);
    expect(ours.faults()).toEqual([]);
  } finally {
    await mcp.close();
  }
});

it("the official SDK's CrossAppAccessProvider does", async () => {
  const authProvider = new CrossAppAccessProvider({
    clientId: CLIENT_ID,
    clientSecret: SECRET,
    expectedIssuer: ours.metadata.issuer,
    assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
      const granted = await discoverAndRequestJwtAuthGrant({
        idpUrl: provider.issuer,
        audience: authorizationServerUrl,
        resource: resourceUrl,
        idToken: await idToken(),
        ...PROVIDER_CLIENT,
        ...(scope === undefined ? {} : { scope }),
        ...(fetchFn === undefined ? {} : { fetchFn }),
      });
      return granted.jwtAuthGrant;
    },
  });
  const mcp = new McpClient({ name: 'judge', version: '1' });
  await mcp.connect(new StreamableHTTPClientTransport(new URL(ours.url), { authProvider }));
  try {
    const { content } = await mcp.callTool({ name: 'who', arguments: {} });
    expect(JSON.stringify(content)).toContain(CLIENT_ID);
    expect(authProvider.tokens()).not.toHaveProperty('refresh_token');
  } finally {
    await mcp.close();
  }
});

it('XG-05 oauth4webapi reads the answer, and is refused the second time', async () => {
  const issuer = new URL(ours.metadata.issuer);
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }),
  );
  expect(as['authorization_grant_profiles_supported']).toEqual(['urn:ietf:params:oauth:grant-profile:id-jag']);
  const client = { client_id: CLIENT_ID };
  const assertion = await idJag();
  const ask = async (form: Record<string, string>) =>
    oauth.processGenericTokenEndpointResponse(
      as,
      client,
      await oauth.genericTokenEndpointRequest(
        as,
        client,
        oauth.ClientSecretBasic(SECRET),
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        { assertion, ...form },
        INSECURE,
      ),
    );
  await expect(ask({ resource: 'https://other.test/mcp' })).rejects.toMatchObject({ error: 'invalid_target' });
  const tokens = await ask({ scope: `${READ} ${CHANGE}` });
  expect(tokens).toMatchObject({ token_type: 'bearer', scope: READ });
  expect(tokens.refresh_token).toBeUndefined();
  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: ours.url, client_id: CLIENT_ID });
  await expect(ask({})).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
});
