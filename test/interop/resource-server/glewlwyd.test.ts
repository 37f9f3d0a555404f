import { rfc9068 } from '@portcullis/resource-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Glewlwyd, type GlewlwydTokens, startGlewlwyd } from '../../support/glewlwyd.js';
import { claimsOf, verdictOn, withClaims } from './verdicts.js';

// Tokens of an identity provider in C, which nobody who wrote the verifier has written a line of. It has metadata at the
// address of OpenID Connect Discovery alone, and signs with RS256.

const FILES = 'http://127.0.0.1:9000/mcp';
const MAIL = 'http://127.0.0.1:9001/mcp';

let glewlwyd: Glewlwyd;
let tokens: GlewlwydTokens;

beforeAll(async () => {
  glewlwyd = await startGlewlwyd({ resources: { [FILES]: ['files:read', 'files:write'], [MAIL]: ['mail:read'] } });
  tokens = await glewlwyd.signIn({ resource: FILES, scopes: ['openid', 'files:read'] });
});

afterAll(() => glewlwyd?.dispose());

describe('an access token of Glewlwyd, verified by its signature', () => {
  const verdict = (token: string, resource = FILES, aheadSeconds = 0) =>
    verdictOn(token, resource, [rfc9068(glewlwyd.issuer)], aheadSeconds);

  it.each(['publicClient', 'confidentialClient'] as const)('is good for its resource, had by a %s', async (kind) => {
    const client = glewlwyd[kind];
    const scopes = ['files:read', 'files:write'];
    const { accessToken } = await glewlwyd.signIn({ resource: FILES, scopes, client });
    const { sub, jti, groups } = claimsOf(accessToken);
    expect(groups).toBe(glewlwyd.person.groups.join(','));
    expect(await verdict(accessToken)).toMatchObject({
      issuer: glewlwyd.issuer,
      resource: FILES,
      subject: sub,
      clientId: client.clientId,
      scopes,
      accessTokenId: jti,
      recipientProof: 'audience',
      // They are one text there, which says nothing about where one ends.
      groups: undefined,
    });
  });

  it('RS-05 is good for no other resource of the same issuer', async () => {
    const mail = await glewlwyd.signIn({ resource: MAIL, scopes: ['mail:read'] });
    expect(await verdict(mail.accessToken, MAIL)).toMatchObject({ resource: MAIL, scopes: ['mail:read'] });
    expect(await verdict(mail.accessToken)).toBe('wrong_audience');
    expect(await verdict(tokens.accessToken, MAIL)).toBe('wrong_audience');
    expect(await verdict(tokens.accessToken, `${FILES}/`)).toBe('wrong_audience');
  });

  it('RS-04 is good until it ends, and as long after as clocks may differ', async () => {
    expect(await verdict(tokens.accessToken, FILES, 590)).toMatchObject({ resource: FILES });
    expect(await verdict(tokens.accessToken, FILES, 631)).toBe('expired');
    expect(await verdict(tokens.accessToken, FILES, -600)).toBe('not_yet_valid');
  });

  it('RS-01 is good as it was signed alone', async () => {
    const changed = { scope: 'openid files:read files:write' };
    expect(await verdict(withClaims(tokens.accessToken, changed))).toBe('bad_signature');
    const [header, claims] = tokens.accessToken.split('.');
    expect(await verdict(`${header}.${claims}.`)).not.toHaveProperty('subject');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"glewlwyd-1"}').toString('base64url');
    expect(await verdict(`${none}.${claims}.`)).toBe('algorithm_not_allowed');
  });

  it('RS-03 is not what else comes with it', async () => {
    expect(await verdict(tokens.idToken ?? '')).toBe('wrong_type');
    expect(await verdict(tokens.refreshToken ?? '')).toBe('malformed');
  });

  it('RS-06 is good where exactly its issuer is trusted', async () => {
    const { issuer, origin } = glewlwyd;
    for (const other of [`${issuer}/`, origin, issuer.replace('oidc', 'OIDC'), 'https://issuer.example.com']) {
      expect(await verdictOn(tokens.accessToken, FILES, [rfc9068(other)])).toBe('wrong_issuer');
    }
    const another = [rfc9068('https://issuer.example.com'), rfc9068(issuer)];
    expect(await verdictOn(tokens.accessToken, FILES, another)).toMatchObject({ issuer });
  });
});

describe('an access token of Glewlwyd, about which it is asked', () => {
  const verdict = (token: string, resource = FILES, clientSecret = glewlwyd.confidentialClient.clientSecret ?? '') => {
    const { clientId } = glewlwyd.confidentialClient;
    const verification = { method: 'introspection', clientId, clientSecret } as const;
    return verdictOn(token, resource, [rfc9068({ issuer: glewlwyd.issuer, verification })]);
  };

  it('is good until it is revoked there', async () => {
    const client = glewlwyd.confidentialClient;
    const { accessToken } = await glewlwyd.signIn({ resource: FILES, scopes: ['files:read'], client });
    const { sub } = claimsOf(accessToken);
    expect(await verdict(accessToken)).toMatchObject({ subject: sub, scopes: ['files:read'], resource: FILES });
    expect(await verdict(accessToken, MAIL)).toBe('wrong_audience');
    await glewlwyd.revoke(accessToken, client);
    expect(await verdict(accessToken)).toBe('inactive');
  });

  it('is refused where there is no answer', async () => {
    expect(await verdict(tokens.accessToken, FILES, 'not the secret')).toBe('introspection_unavailable');
  });
});

describe('Glewlwyd as it is set up', () => {
  it('issues nothing for a resource that it does not know', async () => {
    const asked = glewlwyd.signIn({ resource: 'https://mcp.example.com/mcp', scopes: ['files:read'] });
    await expect(asked).rejects.toThrow('invalid_target');
  });

  it('says what to install where it is missing', async () => {
    vi.stubEnv('PATH', '');
    try {
      await expect(startGlewlwyd({ resources: {} })).rejects.toThrow('apt-get install glewlwyd');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
