import { workloadIdentity } from '@portcullis/client';
import { decodeJwt, type JWTPayload } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2 } from '../../support/fetch-clients.js';
import { CHANGE, READ } from '../../support/token-guards.js';
import { type JudgingServer, startOurs } from '../client/judging-server.js';
import { startClientProgram } from '../client/program.js';
import { type AssertionMaker, startAssertionMaker } from './assertion-maker.js';

// A platform that is not ours gives its workloads tokens, and they come with nothing else: by discovery of its keys, over
// real HTTP.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const SUBJECT = 'workload:builds:deploy';
let platform: AssertionMaker;
let ours: JudgingServer;

beforeAll(async () => {
  platform = await startAssertionMaker();
  ours = await startOurs([], {
    assertionIssuers: (resource) => [
      {
        kind: 'workload',
        name: 'builds',
        issuer: platform.issuer,
        identities: [
          {
            name: 'deploy',
            claims: { repository: 'octo/app', ref: 'refs/heads/main' },
            resources: [resource],
            scopes: [READ],
          },
        ],
      },
    ],
  });
});
afterAll(async () => {
  await ours?.close();
  await platform?.close();
});

/** As GitHub Actions makes them: an audience for whoever asks, and what the build is. */
const tokenFor = (audience: string | string[], changes: JWTPayload = {}) =>
  platform.sign(
    {
      sub: 'repo:octo/app:ref:refs/heads/main',
      repository: 'octo/app',
      ref: 'refs/heads/main',
      aud: audience,
      ...changes,
    },
    'JWT',
  );

it.each([
  ['SDK v1', connectSdkV1],
  ['SDK v2', connectSdkV2],
] as const)('our own client is let in by the token of its platform through %s', async (_sdk, connect) => {
  const program = startClientProgram(ours.url, undefined, { grant: workloadIdentity({ assertion: tokenFor }) });
  const mcp = await connect(ours.url, program.fetch);
  try {
    const who = JSON.stringify({ clientId: SUBJECT, scopes: [READ] });
    expect(await mcp.callTool('who')).toBe(who);
    ours.endAccessTokens();
    expect(await mcp.callTool('who')).toBe(who);
    expect(ours.faults()).toEqual([]);
  } finally {
    await mcp.close();
  }
});

it('oauth4webapi, which names a client that there is not, is answered in the name of the workload', async () => {
  const issuer = new URL(ours.metadata.issuer);
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }),
  );
  expect(as).not.toHaveProperty('authorization_grant_profiles_supported');
  const client = { client_id: 'a-build' };
  const ask = async (authentication: oauth.ClientAuth, assertion: string, form: Record<string, string> = {}) =>
    oauth.processGenericTokenEndpointResponse(
      as,
      client,
      await oauth.genericTokenEndpointRequest(
        as,
        client,
        authentication,
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        { assertion, resource: ours.url, ...form },
        INSECURE,
      ),
    );
  const tokens = await ask(oauth.None(), await tokenFor([ours.metadata.issuer]));
  expect(tokens.refresh_token).toBeUndefined();
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    sub: SUBJECT,
    client_id: SUBJECT,
    aud: ours.url,
    scope: READ,
  });

  const good = await tokenFor(ours.metadata.issuer);
  await expect(ask(oauth.None(), good, { scope: CHANGE })).rejects.toMatchObject({ error: 'invalid_scope' });
  await expect(ask(oauth.ClientSecretPost('x'), good)).rejects.toMatchObject({ error: 'invalid_client' });
  const foreign = await tokenFor('https://other-as.test');
  await expect(ask(oauth.None(), foreign)).rejects.toMatchObject({ error: 'invalid_grant' });
  const otherBranch = await tokenFor(ours.metadata.issuer, { ref: 'refs/heads/other' });
  await expect(ask(oauth.None(), otherBranch)).rejects.toMatchObject({ error: 'invalid_grant' });
});
