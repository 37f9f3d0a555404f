import { deviceCode } from '@portcullis/client';
import type { Client } from '@portcullis/ports';
import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideOnDevice } from '../../support/device-by-forms.js';
import { FormBrowser } from '../../support/form-browser.js';
import { ALICE, type OwnServer, startOwnServer } from '../../support/own-server.js';
import { READ } from '../../support/token-guards.js';
import { type JudgingServer, startOurs } from '../client/judging-server.js';
import { startClientProgram } from '../client/program.js';
import { FILES, OWN_CLIENTS, OWN_RESOURCES } from '../clients.js';

// A certified client library that is not ours, and our own client, sign in by a device code (RFC 8628) over real HTTP. The
// person follows the link of the device and decides on our own pages.

const DEVICE: Client = {
  ...(OWN_CLIENTS[0] as Client),
  clientId: 'device',
  clientName: 'Client device',
  grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'],
  redirectUris: [],
};

describe('DV-01 oauth4webapi at our server', () => {
  const INSECURE = { [oauth.allowInsecureRequests]: true };
  const client: oauth.Client = { client_id: DEVICE.clientId };
  let server: OwnServer;
  let as: oauth.AuthorizationServer;

  beforeAll(async () => {
    server = await startOwnServer({ resources: OWN_RESOURCES, configuredClients: [DEVICE, ...OWN_CLIENTS] });
    const issuer = new URL(server.origin);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, response);
  });

  afterAll(async () => {
    await server?.close();
  });

  async function begin(): Promise<oauth.DeviceAuthorizationResponse> {
    const asked = { resource: FILES, scope: 'files:read files:write' };
    const response = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), asked, INSECURE);
    return oauth.processDeviceAuthorizationResponse(as, client, response);
  }

  async function poll(
    { device_code }: oauth.DeviceAuthorizationResponse,
    options: oauth.TokenEndpointRequestOptions = {},
    of: oauth.Client = client,
  ): Promise<oauth.TokenEndpointResponse> {
    const request = { ...INSECURE, ...options };
    const response = await oauth.deviceCodeGrantRequest(as, of, oauth.None(), device_code, request);
    return oauth.processDeviceCodeResponse(as, of, response);
  }

  const decide = (device: oauth.DeviceAuthorizationResponse, decision?: RegExp) =>
    decideOnDevice(new FormBrowser(server.origin), device.verification_uri_complete ?? '', ALICE, decision);

  it('DV-01 waits, is slowed down, and gets tokens once the person approved', async () => {
    const device = await begin();
    expect(device).toMatchObject({
      verification_uri: `${server.origin}/device`,
      verification_uri_complete: `${server.origin}/device?user_code=${device.user_code}`,
      interval: 5,
      expires_in: 600,
    });
    await expect(poll(device)).rejects.toMatchObject({ error: 'authorization_pending', status: 400 });
    await expect(poll(device)).rejects.toMatchObject({ error: 'slow_down', status: 400 });
    const end = await decide(device);
    expect(end.kind === 'page' && end.html).toContain('<h1>Approved</h1>');
    const tokens = await poll(device);
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'files:read files:write' });
    const request = new Request(FILES, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, FILES, INSECURE);
    expect(claims).toMatchObject({ client_id: 'device', sub: 'subject-of-alice', scope: 'files:read files:write' });
    const refreshed = await oauth.refreshTokenGrantRequest(
      as,
      client,
      oauth.None(),
      tokens.refresh_token ?? '',
      INSECURE,
    );
    expect(await oauth.processRefreshTokenResponse(as, client, refreshed)).toMatchObject({
      scope: 'files:read files:write',
    });
    await expect(poll(device)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  });

  it('DV-01 learns of a denial', async () => {
    const device = await begin();
    await decide(device, /^deny/i);
    await expect(poll(device)).rejects.toMatchObject({ error: 'access_denied', status: 400 });
  });

  it('DV-01 gets nothing with the code of another device, nor as a client without the grant', async () => {
    const device = await begin();
    await decide(device);
    await expect(poll(device, {}, { client_id: 'pub' })).rejects.toMatchObject({ error: 'unauthorized_client' });
    await expect(poll({ ...device, device_code: 'pcd_none' })).rejects.toMatchObject({ error: 'invalid_grant' });
    await poll(device);
  });

  it('DV-01 PD-04 with a proof of possession gets tokens for that key, and the refresh token as well', async () => {
    const device = await begin();
    await decide(device);
    const keys = await oauth.generateKeyPair('ES256');
    const DPoP = oauth.DPoP(client, keys);
    const tokens = await poll(device, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const payload = Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(payload)).toMatchObject({ cnf: { jkt: await DPoP.calculateThumbprint() } });
    const refresh = async (options: object): Promise<oauth.TokenEndpointResponse> => {
      const request = { ...INSECURE, ...options };
      const response = await oauth.refreshTokenGrantRequest(
        as,
        client,
        oauth.None(),
        tokens.refresh_token ?? '',
        request,
      );
      return oauth.processRefreshTokenResponse(as, client, response);
    };
    await expect(refresh({})).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await refresh({ DPoP })).token_type).toBe('dpop');
  });
});

describe('DV-01 our own client at our server', () => {
  let judge: JudgingServer;

  beforeAll(async () => {
    judge = await startOurs([DEVICE]);
  });

  afterAll(async () => {
    await judge?.close();
    expect(judge?.faults()).toEqual([]);
  });

  it('DV-01 signs in once the person has decided on another device, asks again in between, and calls a tool', async () => {
    let link = '';
    const waits: number[] = [];
    const grant = deviceCode({
      show: ({ userCode, verificationUri, verificationUriComplete = '' }) => {
        expect(verificationUriComplete).toBe(`${verificationUri}?user_code=${userCode}`);
        link = verificationUriComplete;
      },
      // The third poll is the first one after the decision; the second comes too early.
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        if (waits.length === 3) await decideOnDevice(new FormBrowser(judge.origin), link, ALICE);
      },
    });
    const client = { preRegistered: { clientId: DEVICE.clientId } };
    const program = startClientProgram(judge.url, undefined, { grant, client });
    const response = await program.fetch(judge.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who', arguments: {} } }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(DEVICE.clientId);
    expect(waits).toEqual([5000, 5000, 10_000]);
    expect(await program.tokens()).toMatchObject({ clientId: DEVICE.clientId, resource: judge.url });
    expect((await program.tokens()).scopes).toContain(READ);
  });

  it('DV-01 tells the person that they denied it', async () => {
    let link = '';
    const grant = deviceCode({
      show: ({ verificationUriComplete = '' }) => {
        link = verificationUriComplete;
      },
      wait: async () => void (await decideOnDevice(new FormBrowser(judge.origin), link, ALICE, /^deny/i)),
    });
    const program = startClientProgram(judge.url, undefined, {
      grant,
      client: { preRegistered: { clientId: DEVICE.clientId } },
    });
    await expect(program.fetch(judge.url, { method: 'POST' })).rejects.toMatchObject({
      code: 'token_refused',
      message: expect.stringContaining('The sign-in was declined on the other device.'),
    });
  });
});
