import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json/json-value.js';
import { parseClientMetadata } from './client-metadata.js';

const redirect_uris = ['https://app.test/cb'];

describe('parseClientMetadata', () => {
  it('fills in the defaults', () => {
    expect(parseClientMetadata({ redirect_uris })).toEqual({
      ok: true,
      value: {
        redirectUris: redirect_uris,
        tokenEndpointAuthMethod: 'client_secret_basic',
        grantTypes: ['authorization_code', 'refresh_token'],
        clientName: undefined,
        clientUri: undefined,
        applicationType: undefined,
        dpopBoundAccessTokens: false,
        requirePushedAuthorizationRequests: false,
        keys: undefined,
        jwksUri: undefined,
      },
    });
  });

  it('keeps what the client asks to be held to', () => {
    const restraints = { dpop_bound_access_tokens: true, require_pushed_authorization_requests: true };
    expect(parseClientMetadata({ redirect_uris, ...restraints })).toMatchObject({
      ok: true,
      value: { dpopBoundAccessTokens: true, requirePushedAuthorizationRequests: true },
    });
  });

  it.each(
    ['dpop_bound_access_tokens', 'require_pushed_authorization_requests'].flatMap((member) =>
      ['true', 1, [], {}].map((value) => [member, value] as const),
    ),
  )('refuses %s of %j', (member, value) => {
    const failure = `${member}_malformed`;
    expect(parseClientMetadata({ redirect_uris, [member]: value })).toEqual({ ok: false, failure });
  });

  it.each<[string, JsonValue]>([
    ['missing', {}],
    ['empty', { redirect_uris: [] }],
    ['null', { redirect_uris: null }],
    ['a text', { redirect_uris: 'https://app.test/cb' }],
    ['with a null entry', { redirect_uris: [null, 'https://app.test/cb'] }],
    ['500 entries', { redirect_uris: Array.from({ length: 500 }, (_, index) => `https://app.test/${index}`) }],
  ])('DC-01 refuses redirect_uris: %s', (_title, body) => {
    expect(parseClientMetadata(body)).toEqual({ ok: false, failure: 'redirect_uris_malformed' });
  });

  it.each<[string, JsonValue]>([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
  ])('DC-01 refuses the body: %s', (_title, body) => {
    expect(parseClientMetadata(body)).toEqual({ ok: false, failure: 'client_metadata_malformed' });
  });

  const members = ['logo_uri', 'tos_uri', 'policy_uri', 'client_uri', 'jwks_uri', 'logo_uri#de', 'client_uri#en-GB'];
  const addresses = ['javascript:alert(1)', 'data:text/html,x', 'http://app.test/', 'https://a b', 7];
  it.each(members.flatMap((member) => addresses.map((address) => [member, address] as const)))(
    'DC-02 refuses %s of %s',
    (member, address) => {
      const body = { redirect_uris, [member]: address };
      const failure = `${member.split('#', 1)[0]}_malformed`;
      expect(parseClientMetadata(body)).toEqual({ ok: false, failure });
    },
  );

  it.each(['http://localhost:5173', 'http://127.0.0.1:8080/about', 'http://[::1]/'])(
    'DC-02 takes the page of a local application: %s',
    (client_uri) => {
      const parsed = parseClientMetadata({ redirect_uris, client_uri, 'client_uri#de': client_uri });
      expect(parsed).toMatchObject({ ok: true, value: { clientUri: client_uri } });
      expect(parseClientMetadata({ redirect_uris, logo_uri: client_uri })).toMatchObject({ ok: false });
    },
  );

  it.each(['http://localhost.evil.test/', 'http://localhost@evil.test/', 'http://a:b@localhost/', 'http://10.0.0.1/'])(
    'DC-02 refuses a page that only looks local: %s',
    (client_uri) => {
      const refused = { ok: false, failure: 'client_uri_malformed' };
      expect(parseClientMetadata({ redirect_uris, client_uri })).toEqual(refused);
    },
  );

  it.each<[string, JsonValue]>([
    ['token_endpoint_auth_method', 'client_secret_jwt'],
    ['application_type', 'desktop'],
    ['response_types', ['token']],
    ['grant_types', 'authorization_code'],
    ['client_name', 7],
    ['client_name', 'x'.repeat(513)],
  ])('refuses %s of %j', (member, value) => {
    const body = { redirect_uris, [member]: value };
    expect(parseClientMetadata(body)).toEqual({ ok: false, failure: `${member}_malformed` });
  });

  it('DC-03 ignores what a client may not choose', () => {
    const parsed = parseClientMetadata({
      redirect_uris,
      grant_types: ['refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      scope: 'admin',
      client_id: 'mine',
      client_secret: 'mine',
      tenant: 'b',
      is_admin: true,
      constructor: { prototype: {} },
    });
    expect(parsed).toEqual(parseClientMetadata({ redirect_uris }));
  });

  it.each([['client_credentials'], ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'implicit'], ['refresh_token']])(
    'DC-03 gives the default to a client that asks for nothing that begins anywhere: %s',
    (...grant_types) => {
      expect(parseClientMetadata({ redirect_uris, grant_types })).toEqual(parseClientMetadata({ redirect_uris }));
    },
  );

  it('lets a client do without refresh tokens', () => {
    const parsed = parseClientMetadata({ redirect_uris, grant_types: ['authorization_code', 'implicit'] });
    expect(parsed).toMatchObject({ ok: true, value: { grantTypes: ['authorization_code'] } });
  });

  describe('keys', () => {
    const coordinate = 'w'.repeat(43);
    const jwk = { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate, kid: 'k' };
    const jwks = { keys: [jwk] };
    const jwks_uri = 'https://app.test/jwks';
    const token_endpoint_auth_method = 'private_key_jwt';
    const { kid: keyId, ...material } = jwk;

    it('reads those of private_key_jwt, and where they are', () => {
      const inline = parseClientMetadata({ redirect_uris, token_endpoint_auth_method, jwks });
      const keys = [{ keyId, algorithms: ['ES256'], material }];
      expect(inline).toMatchObject({ ok: true, value: { tokenEndpointAuthMethod: 'private_key_jwt', keys } });
      const elsewhere = parseClientMetadata({ redirect_uris, token_endpoint_auth_method, jwks_uri });
      expect(elsewhere).toMatchObject({ ok: true, value: { keys: undefined, jwksUri: jwks_uri } });
    });

    it('keeps none for another method', () => {
      expect(parseClientMetadata({ redirect_uris, jwks })).toEqual(parseClientMetadata({ redirect_uris }));
      expect(parseClientMetadata({ redirect_uris, jwks_uri })).toEqual(parseClientMetadata({ redirect_uris }));
    });

    it.each(['none', 'client_secret_basic', 'client_secret_post'])(
      'takes an empty set of a %s client for none',
      (method) => {
        const metadata = { redirect_uris, token_endpoint_auth_method: method };
        const plain = parseClientMetadata(metadata);
        expect(plain).toMatchObject({ ok: true });
        expect(parseClientMetadata({ ...metadata, jwks: { keys: [] } })).toEqual(plain);
        expect(parseClientMetadata({ ...metadata, jwks: { keys: [] }, jwks_uri })).toEqual(plain);
      },
    );

    it.each<[string, JsonValue, string]>([
      ['an empty set to sign by', { token_endpoint_auth_method, jwks: { keys: [] } }, 'client_keys_malformed'],
      ['what is no set of a public client', { token_endpoint_auth_method: 'none', jwks: {} }, 'client_keys_malformed'],
      ['both', { token_endpoint_auth_method, jwks, jwks_uri }, 'client_keys_ambiguous'],
      ['both of a public client', { token_endpoint_auth_method: 'none', jwks, jwks_uri }, 'client_keys_ambiguous'],
      ['neither', { token_endpoint_auth_method }, 'client_keys_missing'],
      ['a private key', { token_endpoint_auth_method, jwks: { keys: [{ ...jwk, d: 'd' }] } }, 'client_keys_private'],
      ['a private key of no use', { jwks: { keys: [{ ...jwk, d: 'd' }] } }, 'client_keys_private'],
      ['what is no set', { token_endpoint_auth_method, jwks: jwk }, 'client_keys_malformed'],
    ])('DC-02 refuses %s', (_title, body, failure) => {
      expect(parseClientMetadata({ redirect_uris, ...(body as object) })).toEqual({ ok: false, failure });
    });
  });
});
