import { portcullis, rfc9068 } from '@portcullis/resource-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { registerClient, type TokenResponse } from '../../support/oauth.js';
import { ALICE, type OwnServer, startOwnServer } from '../../support/own-server.js';
import { FILES, MAIL, OWN_RESOURCES } from '../clients.js';
import { claimsOf, verdictOn, withClaims } from './verdicts.js';

// Our authorization server's tokens at a resource server that stands elsewhere: it has the issuer's name and nothing else.

const REDIRECT_URI = 'http://127.0.0.1:52348/callback';

let server: OwnServer;
let tokens: TokenResponse;

beforeAll(async () => {
  server = await startOwnServer({ resources: OWN_RESOURCES });
  const client = await registerClient(server.origin, REDIRECT_URI, { resource: FILES, scope: 'files:read' });
  const location = await authorizeByForms(new FormBrowser(server.origin), client.authorizationUrl, ALICE);
  tokens = (await (await client.redeem(location.searchParams.get('code') ?? '')).json()) as TokenResponse;
});

afterAll(() => server?.close());

describe.each(['portcullis', 'rfc9068'] as const)('an access token of our own server, by the preset %s', (preset) => {
  const verdict = (token: string, resource = FILES, aheadSeconds = 0) => {
    const issuer = preset === 'portcullis' ? portcullis({ issuer: server.origin }) : rfc9068(server.origin);
    return verdictOn(token, resource, [issuer], aheadSeconds);
  };

  it('is good for its resource', async () => {
    const { client_id: clientId, grant_id: grantId } = claimsOf(tokens.access_token);
    const own = preset === 'portcullis';
    expect(await verdict(tokens.access_token)).toMatchObject({
      issuer: server.origin,
      resource: FILES,
      subject: 'subject-of-alice',
      clientId,
      scopes: ['files:read'],
      tenantId: own ? 'default' : undefined,
      grantId: own ? grantId : undefined,
      recipientProof: 'audience',
    });
  });

  it('RS-01 RS-03 RS-04 RS-05 is good for nothing else, no longer, not otherwise, and alone', async () => {
    const token = tokens.access_token;
    expect(await verdict(token, MAIL)).toBe('wrong_audience');
    expect(await verdict(token, FILES, 590)).toMatchObject({ resource: FILES });
    expect(await verdict(token, FILES, 631)).toBe('expired');
    expect(await verdict(withClaims(token, { scope: 'files:read files:write' }))).toBe('bad_signature');
    expect(await verdict(tokens.refresh_token)).toBe('malformed');
  });
});

it('TN-03 an access token of our own server is refused where another tenant of it is expected', async () => {
  const expected = (tenantId: string) => [portcullis({ issuer: server.origin, tenantId })];
  expect(await verdictOn(tokens.access_token, FILES, expected('default'))).toMatchObject({ tenantId: 'default' });
  expect(await verdictOn(tokens.access_token, FILES, expected('other'))).toBe('wrong_tenant');
});
