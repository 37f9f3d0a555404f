import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './read-config-file.js';
import { findFurtherProblems, resolveConfig } from './resolve-config.js';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
const KEYS = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
};
writeFileSync(join(directory, 'public.json'), JSON.stringify(KEYS));

function issuersOf(...entries: string[]) {
  const text = `upstreams: [{command: a}]\nassertionIssuers:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  const surroundings = { workingDirectory: '/somewhere', environment: {} };
  const path = join(directory, 'portcullis.yaml');
  const file = parseConfig(path, text, (salvaged) => findFurtherProblems(salvaged, path, surroundings));
  return resolveConfig(file, {}, surroundings).assertionIssuers;
}

const PROVIDER = 'kind: identity_provider, issuer: https://idp.example.com';
const IDENTITY =
  'name: deploy, claims: {sub: a}, resources: [https://gate.example.com/mcp], scopes: ["mcp:tools:read"]';
const BUILDS = 'kind: workload, name: builds, issuer: https://builds.example.com';

describe('issuers of assertions in the configuration', () => {
  it('are none without a word, and have the defaults of the authorization server', () => {
    expect(issuersOf(`{${PROVIDER}}`)).toEqual([{ kind: 'identity_provider', issuer: 'https://idp.example.com' }]);
    const file = parseConfig('portcullis.yaml', 'upstreams: [{command: a}]');
    const config = resolveConfig(file, {}, { workingDirectory: '/somewhere', environment: {} });
    expect(config).toMatchObject({
      assertionIssuers: [],
      dpop: { requireNonce: false },
      pushedAuthorizationRequests: 'accepted',
      registrationManagement: true,
    });
  });

  it('are identity providers and platforms with workloads', () => {
    const identity =
      '{name: deploy, claims: {repository: a/b, ref: {startsWith: refs/tags/}}, resources: [https://g.test/mcp], scopes: [x]}';
    expect(
      issuersOf(
        `{${PROVIDER}, jwksUri: https://idp.example.com/keys, clients: [reports], tenant: acme, audienceTenant: ours, admitsNewUsers: false, algorithms: [ES256]}`,
        `{${BUILDS}, audience: gate, identities: [${identity}]}`,
      ),
    ).toEqual([
      {
        kind: 'identity_provider',
        issuer: 'https://idp.example.com',
        jwksUri: 'https://idp.example.com/keys',
        clients: ['reports'],
        tenant: 'acme',
        audienceTenant: 'ours',
        admitsNewUsers: false,
        algorithms: ['ES256'],
      },
      {
        kind: 'workload',
        issuer: 'https://builds.example.com',
        name: 'builds',
        audience: 'gate',
        identities: [
          {
            name: 'deploy',
            claims: { repository: 'a/b', ref: { startsWith: 'refs/tags/' } },
            resources: ['https://g.test/mcp'],
            scopes: ['x'],
          },
        ],
      },
    ]);
  });

  it.each([`jwks: ${JSON.stringify(KEYS)}`, 'jwks: {file: public.json}', 'jwksFile: public.json'])(
    'have keys that are at no address: %s',
    (written) => {
      const [issuer] = issuersOf(`{${PROVIDER}, ${written}}`);
      expect(JSON.parse(String(issuer?.jwks))).toEqual(KEYS);
    },
  );

  it('may be called anything where their keys are written down', () => {
    expect(issuersOf('{kind: identity_provider, issuer: "urn:a", jwksFile: public.json}')[0]?.issuer).toBe('urn:a');
  });

  it.each([
    ['{kind: partner, issuer: https://a.test}', 'assertionIssuers[0].kind: must be one of identity_provider, workload'],
    [
      `{${PROVIDER}, audience: a}`,
      'unknown key "audience"; allowed: kind, issuer, jwksUri, jwks, jwksFile, algorithms',
    ],
    [`{${BUILDS}}`, 'assertionIssuers[0].identities: is required'],
    [`{${BUILDS}, identities: []}`, 'assertionIssuers[0].identities: must not be empty'],
    [`{${BUILDS}, identities: [{${IDENTITY.replace('{sub: a}', '{}')}}]}`, '.claims: names no claim'],
    [
      `{${BUILDS}, identities: [{${IDENTITY.replace('sub: a', 'sub: {endsWith: a}')}}]}`,
      'must be a text, or {startsWith: TEXT}',
    ],
    [`{${BUILDS}, identities: [{${IDENTITY}}, {${IDENTITY}}]}`, 'identities[1].name: "deploy" is taken already'],
    ['{kind: identity_provider, issuer: http://idp.example.com}', 'issuer: must be an https URL without fragment'],
    ['{kind: identity_provider, issuer: "https://idp.example.com/?a"}', 'issuer: must not have a query'],
    [`{${PROVIDER}, jwksUri: https://idp.example.com/keys, jwksFile: public.json}`, 'jwksFile: stands beside jwksUri'],
    [`{${PROVIDER}, jwksFile: not-there.json}`, 'assertionIssuers[0].jwksFile: '],
    [`{${PROVIDER}, jwks: {keys: [{kty: oct, k: canary}]}}`, 'jwks: has private or symmetric keys'],
    [`{${PROVIDER}, algorithms: [none]}`, 'algorithms[0]: must be one of ES256'],
  ])('F-12 that cannot be are named by their place: %s', (entry, words) => {
    expect(() => issuersOf(entry)).toThrow(words);
    expect(() => issuersOf(entry)).not.toThrow('canary');
  });

  it('F-12 are there once, by issuer and by name', () => {
    const other = BUILDS.replace('builds.example', 'other.example');
    const twice = [`{${PROVIDER}}`, `{${PROVIDER}}`];
    expect(() => issuersOf(...twice)).toThrow('assertionIssuers[1].issuer: "https://idp.example.com" is taken already');
    const named = [BUILDS, other].map((entry) => `{${entry}, identities: [{${IDENTITY}}]}`);
    expect(() => issuersOf(...named)).toThrow('assertionIssuers[1].name: "builds" is taken already');
  });

  it('F-12 are held against all that the authorization server asks of them, and all of it is said at once', () => {
    const loose = IDENTITY.replace('{sub: a}', '{iss: a, aud: ""}');
    const entries = [
      '{kind: identity_provider, issuer: "http://127.0.0.1:8808"}',
      `{${BUILDS}, jwksFile: not-there.json, identities: [{${loose}}]}`,
    ];
    let message = '';
    try {
      issuersOf(...entries);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/:3:\d+ assertionIssuers\[0\]\.issuer: is this server itself/),
      expect.stringMatching(/:4:\d+ assertionIssuers\[1\]\.jwksFile: .* cannot be read/),
      expect.stringMatching(/:4:\d+ assertionIssuers\[1\]\.identities\[0\]\.claims: needs one that tells/),
      expect.stringMatching(/:4:\d+ assertionIssuers\[1\]\.identities\[0\]\.claims\.aud: must be a text/),
    ]);
  });

  it('F-12 are all looked at, whatever is wrong with one', () => {
    const entries = [`{${PROVIDER}, foo: 1}`, `{kind: identity_provider, issuer: https://b.test, jwksFile: not-there}`];
    for (const words of ['unknown key "foo"', 'assertionIssuers[1].jwksFile']) {
      expect(() => issuersOf(...entries)).toThrow(words);
    }
  });
});
