import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './read-config-file.js';
import { resolveConfig } from './resolve-config.js';
import { clientSchema } from './schema/client-schema.js';

function resolveText(text: string) {
  const file = parseConfig('portcullis.yaml', `upstreams: [{command: a}]\n${text}`);
  return resolveConfig(file, {}, { workingDirectory: '/somewhere', environment: {} });
}

const BASE = { clientId: 'a', clientName: 'A' };

describe('the keys of a configured client, in a file', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { format: 'jwk' } as const;

  it.each([
    [JSON.stringify(publicKey.export(jwk)), 'clients[0].jwks: is one key and no JWK Set: wrap it in {"keys":[…]}'],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'clients[0].jwks: is PEM and no JWK Set: node -p '],
    [
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'clients[0].jwks: is a private key and no JWK Set',
    ],
    [JSON.stringify(privateKey.export(jwk)), 'clients[0].jwks: is a private key and no JWK Set'],
    ['{"keys":[]}', 'clients[0].jwks: is no JWK Set with a key that private_key_jwt can use'],
  ])('F-12 are refused by what they are: %s', (text, words) => {
    const file = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'key');
    writeFileSync(file, text);
    const client = `{clientId: a, clientName: A, grantTypes: [client_credentials], jwks: {file: ${file}}}`;
    const refusal = (): unknown => resolveText(`clients: [${client}]`);
    expect(refusal).toThrow(words);
    expect(refusal).not.toThrow(String(privateKey.export(jwk).d));
    const issuer = `{kind: identity_provider, issuer: https://idp.test, jwksFile: ${file}}`;
    expect(() => resolveText(`assertionIssuers: [${issuer}]`)).toThrow(/jwksFile: (?:is|has) /);
  });
});

describe('a configured client of the extended grants', () => {
  it('is written down by short names, and has the full ones', () => {
    const short = ['device_code', 'jwt-bearer', 'token-exchange'];
    const full = short.map((name) => `urn:ietf:params:oauth:grant-type:${name}`);
    for (const grantTypes of [short, full])
      expect(clientSchema.parse({ ...BASE, grantTypes }).grantTypes).toEqual(full);
    const { clients } = resolveText(
      `clients: [{clientId: tv, clientName: TV, grantTypes: [device_code, refresh_token, "${full[0]}"]}]`,
    );
    expect(clients[0]?.grantTypes).toEqual([full[0], 'refresh_token']);
  });

  it('F-12 has no grant that there is not, and the message teaches those that there are', () => {
    const text = 'clients: [{clientId: a, clientName: A, grantTypes: [password]}]';
    expect(() => resolveText(text)).toThrow(
      'clients[0].grantTypes[0]: must be one of authorization_code, refresh_token, client_credentials, device_code, jwt-bearer, token-exchange',
    );
  });

  it('has rules of its own where they are written, and none where they are not', () => {
    const redirects = 'redirectUris: [https://a.test/cb]';
    const rules = 'requirePushedAuthorizationRequests: true, dpopBoundAccessTokens: true, consentRequired: true';
    const { clients } = resolveText(
      `clients: [{clientId: a, clientName: A, ${redirects}, ${rules}}, {clientId: b, clientName: B, ${redirects}}]`,
    );
    expect(clients[0]).toMatchObject({
      requirePushedAuthorizationRequests: true,
      dpopBoundAccessTokens: true,
      consentRequired: true,
    });
    for (const rule of [
      'requirePushedAuthorizationRequests',
      'dpopBoundAccessTokens',
      'consentRequired',
      'tokenExchange',
    ])
      expect(clients[1]).not.toHaveProperty(rule);
  });

  it.each([
    ['tokenExchange: {subjectResources: [https://a.test/mcp]}', 'tokenExchange.targetResources: is required'],
    ['tokenExchange: {subjectResources: [], targetResources: [https://a.test/mcp]}', 'must not be empty'],
    ['tokenExchange: {subjectResources: [mcp], targetResources: [https://a.test/mcp]}', 'must be the absolute URL'],
    ['tokenExchange: {from: a}', 'unknown key "from"; allowed: subjectResources, targetResources'],
    ['dpopBoundAccessTokens: yes', 'dpopBoundAccessTokens: must be true or false, not a text'],
  ])('F-12 is refused with its place: %s', (line, words) => {
    expect(() => resolveText(`clients: [{clientId: a, clientName: A, ${line}}]`)).toThrow(words);
  });
});

it('F-12 refuses settings of the authorization server that there are not, with those that there are', () => {
  for (const [line, words] of [
    ['pushedAuthorizationRequests: never', 'pushedAuthorizationRequests: must be one of accepted, required'],
    ['dpop: {required: true}', 'allowed: requireNonce; "required" belongs to an upstream: upstreams: [{…, dpop:'],
    ['dpop: {constructor: 1}', 'unknown key "constructor"; allowed: requireNonce'],
    ['lifetimes: {deviceCodeSeconds: 1}', 'lifetimes.deviceCodeSeconds: must be at least 60'],
    ['rateLimits: {authorizationRequestsPerMinute: 0}', 'authorizationRequestsPerMinute: must be at least 1'],
    ['rateLimits: {userCodeFailuresPerTenMinutes: 0}', 'userCodeFailuresPerTenMinutes: must be at least 1'],
  ] as const) {
    expect(() => resolveText(line)).toThrow(words);
  }
});

it('lets an upstream ask for tokens that are bound to a key', () => {
  const text = 'upstreams: [{name: a, command: a, dpop: {required: true}}, {name: b, command: b}]';
  const file = parseConfig('portcullis.yaml', text);
  const { upstreams } = resolveConfig(file, {}, { workingDirectory: '/somewhere', environment: {} });
  expect(upstreams.map(({ dpop }) => dpop.required)).toEqual([true, false]);
});
