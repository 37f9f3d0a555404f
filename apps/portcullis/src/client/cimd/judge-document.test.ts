import { describe, expect, it } from 'vitest';
import type { Finding } from './finding.js';
import { judgeDocument } from './judge-document.js';

const ID = 'https://app.example/client.json';
const KEY = { kty: 'EC', crv: 'P-256', x: 'w'.repeat(43), y: 'g'.repeat(43) };
const GOOD = {
  client_id: ID,
  client_name: 'An app',
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

const encode = (document: unknown): Uint8Array =>
  new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document));
const judge = (document: unknown, clientId: string | undefined = ID) => judgeDocument(encode(document), clientId);
const told = (findings: readonly Finding[], kind: Finding['kind'] = 'error'): readonly (string | undefined)[][] =>
  findings.filter((finding) => finding.kind === kind).map(({ rule, member }) => [rule, member]);

describe('judgeDocument', () => {
  it('says where a document stops being JSON', () => {
    expect(judge('{\n  "client_id": x\n}').findings).toMatchObject([
      { rule: 'json', message: 'the document is no JSON (line 2, column 16)' },
    ]);
  });

  it('finds nothing in a good document, and reads it', () => {
    const { findings, document, statedClientId } = judge(GOOD);
    expect(findings).toEqual([]);
    expect(document).toMatchObject({ clientName: 'An app', tokenEndpointAuthMethod: 'none' });
    expect(statedClientId).toBe(ID);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'no JSON'],
    ['HTML', '<!doctype html>', 'no JSON'],
    ['a list', '[]', 'no JSON object'],
    ['a byte order mark', `\ufeff${JSON.stringify(GOOD)}`, 'byte order mark'],
    ['a member twice', '{\n  "client_id": "a",\n  "client_id": "b"\n}', 'occurs twice (line 3, column 3)'],
    ['__proto__', '{"__proto__":{}}', '__proto__'],
    ['depth', JSON.stringify({ ...GOOD, x: [[[[[[[[[[]]]]]]]]]] }), 'nested deeper'],
  ])('CI-06 says why it cannot be read: %s', (_what, text, words) => {
    const { findings, document } = judge(text);
    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.kind).toBe('error');
    expect(document).toBeUndefined();
  });

  it.each<[string, object, string, string | undefined]>([
    ['another client_id', { client_id: 'https://app.example/Client.json' }, 'client-id-is-the-url', 'client_id'],
    ['a client_id with a slash more', { client_id: `${ID}/` }, 'client-id-is-the-url', 'client_id'],
    ['no client_id', { client_id: undefined }, 'client-id-is-the-url', 'client_id'],
    ['no name', { client_name: undefined }, 'client-name', 'client_name'],
    ['a name that nobody can see', { client_name: '\u200b' }, 'client-name', 'client_name'],
    ['a name that is a number', { client_name: 7 }, 'metadata', 'client_name'],
    ['a secret', { client_secret: 'x' }, 'no-secret', 'client_secret'],
    ['when a secret ends', { client_secret_expires_at: 0 }, 'no-secret', 'client_secret_expires_at'],
    [
      'a method that shares a secret',
      { token_endpoint_auth_method: 'client_secret_post' },
      'proof',
      'token_endpoint_auth_method',
    ],
    [
      'such a method to choose',
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      'proof',
      'token_endpoint_auth_methods_supported',
    ],
    ['keys nowhere', { token_endpoint_auth_method: 'private_key_jwt' }, 'proof', undefined],
    ['keys in two places', { jwks: { keys: [KEY] }, jwks_uri: 'https://app.example/jwks' }, 'proof', undefined],
    ['a private key', { jwks: { keys: [{ ...KEY, d: 'd' }] } }, 'no-secret', 'jwks'],
    ['keys that are none', { jwks: [KEY] }, 'proof', 'jwks'],
    ['keys without TLS', { jwks_uri: 'http://app.example/jwks' }, 'metadata', 'jwks_uri'],
    ['a logo without TLS', { logo_uri: 'http://app.example/logo.png' }, 'metadata', 'logo_uri'],
    ['a logo in another language', { 'logo_uri#de': 'data:image/png,x' }, 'metadata', 'logo_uri#de'],
    ['another kind', { application_type: 'browser' }, 'metadata', 'application_type'],
    ['no code', { response_types: ['token'] }, 'metadata', 'response_types'],
    ['no redirects', { redirect_uris: undefined }, 'redirect-uri', 'redirect_uris'],
    ['redirects that are a text', { redirect_uris: 'https://app.example/cb' }, 'redirect-uri', 'redirect_uris'],
    ['plain http', { redirect_uris: ['http://app.example/cb'] }, 'redirect-uri', 'redirect_uris'],
    ['a private-use scheme alone', { redirect_uris: ['myapp:/cb'] }, 'redirect-uri', 'redirect_uris'],
  ])('CI-06 tells of %s, which the authorization server refuses', (_what, changes, rule, member) => {
    const { findings, document } = judge({ ...GOOD, ...changes });
    expect(told(findings)).toEqual([[rule, member]]);
    expect(document).toBeUndefined();
  });

  it.each([
    'http://app.example/cb',
    'javascript:alert(1)',
    'https://app.example/cb#x',
    'https://*.app.example/cb',
    'https://u@app.example/cb',
    'https://app.example/cb?code=x',
    'https://app.exämple/cb',
  ])('AZ-09 tells of a redirect that is left out of a document which is taken: %s', (uri) => {
    const { findings, document } = judge({ ...GOOD, redirect_uris: [...GOOD.redirect_uris, uri] });
    expect(told(findings)).toEqual([['redirect-uri', 'redirect_uris']]);
    expect(findings[0]?.message).toContain(uri);
    expect(document?.redirectUris).toHaveLength(2);
  });

  it('finds everything at once', () => {
    const { findings } = judge({
      client_id: 'https://app.example/other.json',
      client_secret: 'x',
      redirect_uris: ['http://app.example/cb', 'data:,x'],
      logo_uri: 'logo.png',
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials'],
    });
    expect(told(findings)).toEqual([
      ['client-id-is-the-url', 'client_id'],
      ['client-name', 'client_name'],
      ['no-secret', 'client_secret'],
      ['metadata', 'logo_uri'],
      ['redirect-uri', 'redirect_uris'],
      ['redirect-uri', 'redirect_uris'],
      ['proof', undefined],
      ['metadata', 'grant_types'],
    ]);
  });

  it('CI-05 tells of a document of more than 5 KiB', () => {
    expect(told(judge({ ...GOOD, policy: 'x'.repeat(5000) }).findings)).toEqual([['size', undefined]]);
    expect(judge({ ...GOOD, policy: 'x'.repeat(4500) }).findings).toEqual([]);
  });

  it('takes the word of a document that is served nowhere yet', () => {
    const { findings, statedClientId } = judgeDocument(encode(GOOD), undefined);
    expect([findings, statedClientId]).toEqual([[], ID]);
    expect(told(judgeDocument(encode({ ...GOOD, client_id: 7 }), undefined).findings)).toEqual([
      ['client-id-is-the-url', 'client_id'],
    ]);
  });

  it.each<[string, object, string, string]>([
    ['no kind beside loopback', { application_type: undefined }, 'metadata', 'application_type'],
    ['a web client beside loopback', { application_type: 'web' }, 'metadata', 'application_type'],
    ['no grant types', { grant_types: undefined }, 'metadata', 'grant_types'],
    ['no refresh token', { grant_types: ['authorization_code'] }, 'metadata', 'grant_types'],
    ['no method', { token_endpoint_auth_method: undefined }, 'proof', 'token_endpoint_auth_method'],
    ['a page elsewhere', { client_uri: 'https://www.example/' }, 'same-origin', 'client_uri'],
    [
      'a page elsewhere, and not on a redirect there',
      { client_uri: 'https://www.example/', redirect_uris: ['https://www.example/cb'] },
      'same-origin',
      'client_uri',
    ],
    ['a redirect elsewhere', { redirect_uris: ['https://www.example/cb'] }, 'same-origin', 'redirect_uris'],
    ['a private-use scheme', { redirect_uris: [...GOOD.redirect_uris, 'myapp:/cb'] }, 'redirect-uri', 'redirect_uris'],
    ['localhost by name alone', { redirect_uris: ['http://localhost/cb'] }, 'redirect-uri', 'redirect_uris'],
  ])('advises on %s, and refuses nothing', (_what, changes, rule, member) => {
    const { findings, document } = judge({ ...GOOD, ...changes });
    expect(told(findings)).toEqual([]);
    expect(told(findings, 'advice')).toEqual([[rule, member]]);
    expect(document).toBeDefined();
  });
});
