import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject } from '@portcullis/protocol';
import { keycloak, rfc9068 } from '@portcullis/resource-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { type KeycloakShaped, type KeycloakTokens, startKeycloakShaped } from '../../support/keycloak-shaped.js';
import { manualClient, type TokenResponse } from '../../support/oauth.js';
import { type Oracle, startOracle } from '../../support/oracle.js';
import { claimsOf, verdictOn, withClaims } from './verdicts.js';

const FILES = 'http://127.0.0.1:9000/mcp';
const MAIL = 'http://127.0.0.1:9001/mcp';
const ROLES = {
  realm_access: { roles: ['offline_access', 'auditor'] },
  resource_access: { 'files-api': { roles: ['editor'] }, account: { roles: ['manage-account'] } },
};

describe('an access token with the shape of Keycloak', () => {
  let realm: KeycloakShaped;
  let tokens: KeycloakTokens;

  beforeAll(async () => {
    realm = await startKeycloakShaped({ resources: [FILES, MAIL], scope: 'files:read', roles: ROLES });
    tokens = await realm.signIn(FILES);
  });

  afterAll(() => realm?.close());

  const verdict = (token: string, resource = FILES, aheadSeconds = 0) =>
    verdictOn(token, resource, [keycloak({ issuer: realm.issuer })], aheadSeconds);

  it('is good for its resource, and its roles are permissions', async () => {
    expect(claimsOf(tokens.accessToken)).toMatchObject({ typ: 'Bearer', aud: [FILES, 'account'], ...ROLES });
    expect(claimsOf(tokens.accessToken)).not.toHaveProperty('client_id');
    expect(await verdict(tokens.accessToken)).toMatchObject({
      issuer: realm.issuer,
      resource: FILES,
      subject: 'alice',
      clientId: realm.clientId,
      scopes: ['files:read'],
      permissions: ['offline_access', 'auditor', 'files-api:editor', 'account:manage-account'],
      recipientProof: 'audience',
    });
  });

  it('RS-05 is good for no other resource, and for none where the realm names none', async () => {
    expect(await verdict(tokens.accessToken, MAIL)).toBe('wrong_audience');
    const { accessToken } = await realm.signIn(FILES, { withAudienceMapper: false });
    expect(await verdict(accessToken)).toBe('wrong_audience');
  });

  it('RS-04 is good until it ends, and as long after as clocks may differ', async () => {
    expect(await verdict(tokens.accessToken, FILES, 290)).toMatchObject({ resource: FILES });
    expect(await verdict(tokens.accessToken, FILES, 331)).toBe('expired');
  });

  it('RS-01 is good as it was signed alone', async () => {
    const changed = { realm_access: { roles: ['admin'] } };
    expect(await verdict(withClaims(tokens.accessToken, changed))).toBe('bad_signature');
  });

  it('RS-03 is not the ID token, whose key is the same, and whose header the preset takes', async () => {
    const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    const { typ, ...others } = headerOf(tokens.accessToken);
    expect(headerOf(tokens.idToken)).toEqual(others);
    const { rules } = keycloak({ issuer: realm.issuer });
    expect([typ.toLowerCase(), undefined].every((type) => rules.types.includes(type))).toBe(true);
    expect(await verdict(tokens.idToken)).toBe('wrong_type');
    // Nor where the ID token is for whoever takes it: the client's own id as a resource.
    const claims = claimsOf(tokens.idToken) as JsonObject;
    expect(rules.readClaims(claims, { issuer: realm.issuer, resource: realm.clientId })).toEqual({
      ok: false,
      failure: { reason: 'wrong_type' },
    });
  });

  it('RS-03 is none for whoever expects the type of RFC 9068', async () => {
    expect(await verdictOn(tokens.accessToken, FILES, [rfc9068(realm.issuer)])).toBe('wrong_type');
  });
});

describe('an access token of oidc-provider by RFC 9068', () => {
  const REDIRECT_URI = 'http://127.0.0.1:52347/callback';
  let oracle: Oracle;
  let other: Oracle;
  let accessToken: string;

  const start = () =>
    startOracle({
      clients: [
        {
          client_id: 'native-app',
          redirect_uris: [REDIRECT_URI],
          token_endpoint_auth_method: 'none',
          application_type: 'native',
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      resources: { [FILES]: ['files:read'], [MAIL]: ['files:read'] },
      introspectors: {},
      signingKey: {
        ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
        kid: 'one-id-for-all',
        alg: 'ES256',
        use: 'sig',
      },
      defaultScope: 'files:read',
      accessTokenFormat: 'jwt',
    });

  async function tokenOf({ origin }: Oracle): Promise<string> {
    const client = manualClient(origin, 'native-app', REDIRECT_URI, { resource: FILES, scope: 'files:read' });
    const person = { username: 'alice', password: 'any' };
    const location = await authorizeByForms(new FormBrowser(origin), client.authorizationUrl, person);
    const response = await client.redeem(location.searchParams.get('code') ?? '', { resource: FILES });
    return ((await response.json()) as TokenResponse).access_token;
  }

  beforeAll(async () => {
    [oracle, other] = await Promise.all([start(), start()]);
    accessToken = await tokenOf(oracle);
  });

  afterAll(() => Promise.all([oracle?.close(), other?.close()]));

  it('RS-05 RS-04 RS-01 is good for its resource, until it ends, as it was signed', async () => {
    const verdict = (token: string, resource = FILES, aheadSeconds = 0) =>
      verdictOn(token, resource, [rfc9068(oracle.origin)], aheadSeconds);
    expect(await verdict(accessToken)).toMatchObject({
      issuer: oracle.origin,
      subject: 'alice',
      clientId: 'native-app',
      scopes: ['files:read'],
    });
    expect(await verdict(accessToken, MAIL)).toBe('wrong_audience');
    expect(await verdict(accessToken, FILES, 631)).toBe('expired');
    expect(await verdict(withClaims(accessToken, { scope: 'files:write' }))).toBe('bad_signature');
  });

  it('RS-06 is verified by the keys of the issuer that it names, whatever key id another one has', async () => {
    const both = [rfc9068(oracle.origin), rfc9068(other.origin)];
    expect(await verdictOn(accessToken, FILES, both)).toMatchObject({ issuer: oracle.origin });
    expect(await verdictOn(await tokenOf(other), FILES, both)).toMatchObject({ issuer: other.origin });
    expect(await verdictOn(accessToken, FILES, [rfc9068(other.origin)])).toBe('wrong_issuer');
    expect(await verdictOn(withClaims(accessToken, { iss: other.origin }), FILES, both)).toBe('bad_signature');
  });
});
