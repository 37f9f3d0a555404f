import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { initializeRequest, postMcp } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';

// A certified client that is not ours judges the authorization server: discovery, registration, PKCE, `iss`, `state`,
// code grant and refresh.

/** Nobody listens there: the answer is read where the person is sent. */
const REDIRECT_URI = 'http://127.0.0.1:9/callback';

let gate: Gate;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
clients:
  - clientId: reports
    clientName: Reports
    redirectUris: [http://127.0.0.1/callback]
    tokenEndpointAuthMethod: client_secret_basic
    clientSecret: { env: REPORTS_SECRET }
${RELAXED_LIMITS}`,
    env: { REPORTS_SECRET: 'a secret: with % and + in it, long enough' },
  });
});

afterAll(async () => {
  await gate?.stop();
});

/** Runs one flow to its refreshed tokens. */
async function runFlow(config: oidc.Configuration): Promise<oidc.TokenEndpointResponse> {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const resource = `${gate.origin}/mcp`;
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    resource,
    state,
  });
  const answered = await authorizeByForms(new FormBrowser(gate.origin), url, gate);
  const checks = { pkceCodeVerifier: codeVerifier, expectedState: state };
  const tokens = await oidc.authorizationCodeGrant(config, answered, checks, { resource });
  return oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource });
}

describe('openid-client', () => {
  it.each(['oauth2', 'oidc'] as const)(
    'discovers by %s, registers itself, signs in and refreshes',
    async (algorithm) => {
      const metadata = {
        client_name: 'openid-client',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
      };
      const config = await oidc.dynamicClientRegistration(new URL(gate.origin), metadata, oidc.None(), {
        algorithm,
        execute: [oidc.allowInsecureRequests],
      });
      const tokens = await runFlow(config);
      expect((await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest())).status).toBe(200);
    },
  );

  it('authenticates as a configured client with a secret (client_secret_basic), and with no other', async () => {
    const discover = (secret: string): Promise<oidc.Configuration> =>
      oidc.discovery(new URL(gate.origin), 'reports', {}, oidc.ClientSecretBasic(secret), {
        algorithm: 'oauth2',
        execute: [oidc.allowInsecureRequests],
      });
    const tokens = await runFlow(await discover('a secret: with % and + in it, long enough'));
    expect((await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest())).status).toBe(200);
    await expect(runFlow(await discover('another secret, just as long as that'))).rejects.toMatchObject({
      status: 401,
    });
  });

  it('lets a client in that sends its secret as it is, as SDK v1 does', async () => {
    const status = async (secret: string): Promise<number> => {
      const headers = { authorization: `Basic ${btoa(`reports:${secret}`)}` };
      const form = { grant_type: 'authorization_code', code: 'pcc_none', code_verifier: 'v'.repeat(43) };
      return (await fetch(`${gate.origin}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })).status;
    };
    expect(await status('a secret: with % and + in it, long enough')).toBe(400);
    expect(await status('a secret: with % and + in it, long enough.')).toBe(401);
  });
});
