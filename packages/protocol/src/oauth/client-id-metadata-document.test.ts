import { describe, expect, it } from 'vitest';
import { parseClientIdMetadataDocument } from './client-id-metadata-document.js';

const ID = 'https://app.example/client.json';
const good = { client_id: ID, client_name: 'An app', redirect_uris: ['https://app.example/cb'] };
const key = { kty: 'EC', crv: 'P-256', x: 'w'.repeat(43), y: 'g'.repeat(43) };
const rsa = { kty: 'RSA', n: `${'n'.repeat(341)}w`, e: 'AQAB' };

const encode = (document: unknown): Uint8Array =>
  document instanceof Uint8Array
    ? document
    : new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document));
const parse = (document: unknown, schemes: readonly string[] = []) =>
  parseClientIdMetadataDocument(encode(document), ID, schemes);

describe('parseClientIdMetadataDocument', () => {
  it('reads the least there has to be: a public client', () => {
    expect(parse(good)).toEqual({
      ok: true,
      value: {
        clientName: 'An app',
        redirectUris: [{ uri: 'https://app.example/cb', kind: 'https', scheme: 'https', authority: 'app.example' }],
        grantTypes: ['authorization_code', 'refresh_token'],
        tokenEndpointAuthMethod: 'none',
        jwks: undefined,
        jwksUri: undefined,
        clientUri: undefined,
        applicationType: undefined,
        dpopBoundAccessTokens: false,
        requirePushedAuthorizationRequests: false,
      },
    });
  });

  it('takes an empty set of keys beside the method none for no keys', () => {
    const unsigned = { ...good, token_endpoint_auth_method: 'none' };
    expect(parse({ ...unsigned, jwks: { keys: [] } })).toEqual(parse(unsigned));
    const signed = { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } };
    expect(parse(signed)).toEqual({ ok: false, failure: 'client_keys_malformed' });
  });

  it('reads a document as ChatGPT publishes it, and holds it to the keys', () => {
    const parsed = parse({
      ...good,
      client_uri: 'https://app.example/',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      token_endpoint_auth_signing_alg: 'RS256',
      jwks_uri: 'https://app.example/jwks.json',
    });
    expect(parsed).toMatchObject({
      ok: true,
      value: { tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'https://app.example/jwks.json' },
    });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['nothing', undefined, ['authorization_code', 'refresh_token']],
    ['null', null, ['authorization_code', 'refresh_token']],
    ['an empty list', [], ['authorization_code', 'refresh_token']],
    ['codes alone', ['authorization_code'], ['authorization_code']],
    ['both, in another order', ['refresh_token', 'authorization_code'], ['authorization_code', 'refresh_token']],
    [
      'one more, as Visual Studio Code and Claude do',
      ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      ['authorization_code', 'refresh_token'],
    ],
    ['others alone', ['client_credentials'], []],
    ['refresh tokens without codes', ['client_credentials', 'refresh_token'], ['refresh_token']],
  ])('CI-06 gives a client the grant types that its document names: %s', (_title, grant_types, grantTypes) => {
    expect(parse({ ...good, grant_types })).toMatchObject({ ok: true, value: { grantTypes } });
  });

  it('AZ-09 leaves out redirects that are refused, as Cursor lists them beside good ones', () => {
    const redirect_uris = ['cursor://anysphere/callback', 'https://app.example/cb', 'http://127.0.0.1/cb', 'data:,x'];
    const uris = (schemes: readonly string[]): unknown => {
      const parsed = parse({ ...good, redirect_uris }, schemes);
      return parsed.ok && parsed.value.redirectUris.map(({ uri }) => uri);
    };
    expect(uris([])).toEqual(redirect_uris.slice(1, 3));
    expect(uris(['cursor'])).toEqual(redirect_uris.slice(0, 3));
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\x01javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://app.example/1',
    'about:blank',
    'myapp:/cb',
    'com.example.app:/cb',
    'http://app.example/cb',
    'https://app.example/cb?iss=https%3A%2F%2Fevil.example',
  ])('AZ-09 refuses a document with no redirect but %j', (uri) => {
    expect(parse({ ...good, redirect_uris: [uri] }, ['cursor'])).toEqual({
      ok: false,
      failure: 'redirect_uris_refused',
    });
  });

  it.each([
    ['another case', 'https://app.example/Client.json'],
    ['another case of the host', 'https://APP.example/client.json'],
    ['a slash more', `${ID}/`],
    ['the default port', 'https://app.example:443/client.json'],
    ['percent encoding', 'https://app.example/%63lient.json'],
    ['a query', `${ID}?x=1`],
    ['an empty query', `${ID}?`],
    ['a fragment', `${ID}#`],
    ['a blank', ` ${ID}`],
    ['nothing', undefined],
    ['null', null],
    ['a list', [ID]],
  ])('CI-06 refuses a client_id that differs by %s', (_title, client_id) => {
    expect(parse({ ...good, client_id })).toEqual({ ok: false, failure: 'document_of_other_client' });
  });

  it.each([
    ['null', 'null', 'document_not_an_object'],
    ['a list', '[]', 'document_not_an_object'],
    ['a text', '"x"', 'document_not_an_object'],
    ['nothing', '', 'document_not_json'],
    ['HTML', '<!doctype html>', 'document_not_json'],
    ['two values', `${JSON.stringify(good)}{}`, 'document_not_json'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'document_not_json'],
    ['a byte order mark', `\ufeff${JSON.stringify(good)}`, 'document_not_json'],
    ['UTF-16', new Uint8Array(Buffer.from(JSON.stringify(good), 'utf16le')), 'document_not_json'],
    ['a member twice', `${JSON.stringify(good).slice(0, -1)},"client_name":"Another"}`, 'document_not_json'],
    ['a member twice in disguise', `${JSON.stringify(good).slice(0, -1)},"client\\u005fid":"x"}`, 'document_not_json'],
    ['a lone surrogate', `${JSON.stringify(good).slice(0, -1)},"x":"a\\ud800b"}`, 'document_not_json'],
    ['__proto__', `${JSON.stringify(good).slice(0, -1)},"__proto__":{}}`, 'document_not_json'],
    ['a depth of 9', `${JSON.stringify(good).slice(0, -1)},"x":${'['.repeat(8)}${']'.repeat(8)}}`, 'document_not_json'],
  ])('CI-06 refuses %s', (_title, document, failure) => {
    expect(parse(document)).toEqual({ ok: false, failure });
  });

  it.each<[string, object, string]>([
    ['no client_name', { client_name: undefined }, 'client_name_missing'],
    ['an empty client_name', { client_name: '' }, 'client_name_missing'],
    ['a client_name of null', { client_name: null }, 'client_name_missing'],
    ['a client_name that nobody can see', { client_name: '\u200b\u202e ' }, 'client_name_missing'],
    ['a client_name that is a number', { client_name: 7 }, 'client_name_malformed'],
    ['no redirect_uris', { redirect_uris: undefined }, 'redirect_uris_malformed'],
    ['empty redirect_uris', { redirect_uris: [] }, 'redirect_uris_malformed'],
    ['redirect_uris that are a text', { redirect_uris: 'https://app.example/cb' }, 'redirect_uris_malformed'],
    ['client_secret', { client_secret: 's' }, 'client_secret_given'],
    ['client_secret of null', { client_secret: null }, 'client_secret_given'],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }, 'client_secret_given'],
    ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }, 'auth_method_not_accepted'],
    ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }, 'auth_method_not_accepted'],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }, 'auth_method_not_accepted'],
    [
      'client_secret_basic among others',
      { token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'] },
      'auth_method_not_accepted',
    ],
    ['tls_client_auth', { token_endpoint_auth_method: 'tls_client_auth' }, 'auth_method_not_accepted'],
    [
      'no method that exists',
      { token_endpoint_auth_methods_supported: ['tls_client_auth'] },
      'auth_method_not_accepted',
    ],
    ['a method that is a list', { token_endpoint_auth_method: ['none'] }, 'auth_method_malformed'],
    ['methods that are a text', { token_endpoint_auth_methods_supported: 'none' }, 'auth_method_malformed'],
    ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }, 'keys_missing'],
    ['keys in two places', { jwks: { keys: [key] }, jwks_uri: 'https://app.example/jwks' }, 'keys_given_twice'],
    ['a private key', { jwks: { keys: [{ ...key, d: 'd' }] } }, 'client_keys_private'],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'k' }] } }, 'client_keys_private'],
    ['jwks that are no JWK Set', { jwks: [key] }, 'client_keys_malformed'],
    ['an RSA key with an exponent of 1', { jwks: { keys: [{ ...rsa, e: 'AQ' }] } }, 'client_keys_malformed'],
    ['a jwks_uri without TLS', { jwks_uri: 'http://app.example/jwks' }, 'jwks_uri_malformed'],
    ['a client_uri of javascript', { client_uri: 'javascript:alert(1)' }, 'client_uri_malformed'],
    ['dpop_bound_access_tokens as a text', { dpop_bound_access_tokens: 'true' }, 'dpop_bound_access_tokens_malformed'],
    [
      'require_pushed_authorization_requests as a number',
      { require_pushed_authorization_requests: 1 },
      'require_pushed_authorization_requests_malformed',
    ],
    ['grant_types that are a text', { grant_types: 'authorization_code' }, 'grant_types_malformed'],
    ['no response type code', { response_types: ['token'] }, 'response_types_malformed'],
  ])('CI-06 refuses %s', (_title, changes, failure) => {
    expect(parse({ ...good, ...changes })).toEqual({ ok: false, failure });
  });

  it.each<[string, object, string]>([
    ['both, and none by name', { token_endpoint_auth_method: 'none' }, 'none'],
    ['both, and the keys by name', { token_endpoint_auth_method: 'private_key_jwt' }, 'private_key_jwt'],
    ['both, and neither by name', {}, 'private_key_jwt'],
    [
      'both, and by name one that does not exist here',
      { token_endpoint_auth_method: 'tls_client_auth' },
      'private_key_jwt',
    ],
  ])('chooses the method of a client that offers %s', (_title, changes, method) => {
    const parsed = parse({
      ...good,
      jwks: { keys: [key] },
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt', 'tls_client_auth'],
      ...changes,
    });
    expect(parsed).toMatchObject({ ok: true, value: { tokenEndpointAuthMethod: method } });
  });
});
