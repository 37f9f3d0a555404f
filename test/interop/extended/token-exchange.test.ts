import { nodePlatform } from '@portcullis/ports/node';
import { portcullis } from '@portcullis/resource-server';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { registerClient, type TokenResponse } from '../../support/oauth.js';
import { ALICE, type OwnServer, startOwnServer } from '../../support/own-server.js';
import { FILES, MAIL, OWN_CLIENTS, OWN_RESOURCES, SECRET } from '../clients.js';
import { claimsOf, verdictOn } from '../resource-server/verdicts.js';

// A client library that is not ours exchanges an access token (RFC 8693), and a resource server that knows nothing but the
// issuer takes what comes of it: for the target, and for nothing else.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SERVICE: oauth.Client = { client_id: 'files-server' };

let server: OwnServer;
let as: oauth.AuthorizationServer;
/** What alice let a client do with her files. */
let subjectToken: string;

beforeAll(async () => {
  const basic = OWN_CLIENTS.find(({ clientId }) => clientId === 'mac');
  if (basic === undefined) throw new Error('The clients have no machine');
  const service = {
    ...basic,
    clientId: 'files-server',
    clientName: 'Files',
    grantTypes: [GRANT_TYPE],
    clientSecretHash: nodePlatform.hash(SECRET),
    tokenExchange: { subjectResources: [FILES], targetResources: [MAIL] },
  };
  server = await startOwnServer({ resources: OWN_RESOURCES, configuredClients: [service] });
  const issuer = new URL(server.origin);
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
  as = await oauth.processDiscoveryResponse(issuer, discovered);
  const client = await registerClient(server.origin, 'http://127.0.0.1:52348/callback', {
    resource: FILES,
    scope: 'files:read files:write',
  });
  const location = await authorizeByForms(new FormBrowser(server.origin), client.authorizationUrl, ALICE);
  const redeemed = await client.redeem(location.searchParams.get('code') ?? '');
  subjectToken = ((await redeemed.json()) as TokenResponse).access_token;
});

afterAll(() => server?.close());

async function exchange(changes: Record<string, string> = {}, options: object = {}) {
  const parameters = { subject_token: subjectToken, subject_token_type: ACCESS_TOKEN, audience: MAIL, ...changes };
  const sent = { ...INSECURE, ...options };
  const secret = oauth.ClientSecretBasic(SECRET);
  const response = await oauth.genericTokenEndpointRequest(as, SERVICE, secret, GRANT_TYPE, parameters, sent);
  return oauth.processGenericTokenEndpointResponse(as, SERVICE, response);
}

const verdict = (token: string, resource: string) =>
  verdictOn(token, resource, [portcullis({ issuer: server.origin })]);

describe('oauth4webapi', () => {
  it('finds the grant in the metadata', () => {
    expect(as.grant_types_supported).toContain(GRANT_TYPE);
  });

  it('XG-06 exchanges an access token for one that the target takes, and no other resource', async () => {
    const tokens = await exchange({ scope: 'files:read' });
    expect(tokens).toMatchObject({ token_type: 'bearer', issued_token_type: ACCESS_TOKEN, scope: 'files:read' });
    expect(tokens).not.toHaveProperty('refresh_token');
    const [before, after] = [claimsOf(subjectToken), claimsOf(tokens.access_token)];
    expect(after).toMatchObject({
      sub: before['sub'],
      grant_id: before['grant_id'],
      act: { sub: 'client:files-server' },
    });
    expect(Number(after['exp'])).toBeLessThanOrEqual(Number(before['exp']));

    expect(await verdict(subjectToken, MAIL)).toBe('wrong_audience');
    expect(await verdict(tokens.access_token, FILES)).toBe('wrong_audience');
    expect(await verdict(tokens.access_token, MAIL)).toMatchObject({
      subject: 'subject-of-alice',
      clientId: 'files-server',
      resource: MAIL,
      scopes: ['files:read'],
      grantId: before['grant_id'],
    });
  });

  it('XG-06 exchanges it for one that is bound to its key', async () => {
    const handle = oauth.DPoP(SERVICE, await oauth.generateKeyPair('ES256'));
    const tokens = await exchange({}, { DPoP: handle });
    expect(tokens.token_type).toBe('dpop');
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: await handle.calculateThumbprint() });
  });

  it.each<[string, Record<string, string>]>([
    ['invalid_request', { subject_token: 'none' }],
    ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['invalid_target', { audience: FILES }],
    ['invalid_scope', { scope: 'files:read files:everything' }],
  ])('XG-06 is told why, in the words of the RFC: %s for %j', async (error, changes) => {
    await expect(exchange(changes)).rejects.toMatchObject({ error, status: 400 });
  });

  it('XG-06 is told that it cannot revoke what it got', async () => {
    const { access_token: accessToken } = await exchange();
    const secret = oauth.ClientSecretBasic(SECRET);
    const response = await oauth.revocationRequest(as, SERVICE, secret, accessToken, INSECURE);
    await expect(oauth.processRevocationResponse(response)).rejects.toMatchObject({ error: 'unsupported_token_type' });
    await exchange();
  });
});
