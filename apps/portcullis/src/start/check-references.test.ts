import { JWT_BEARER_GRANT_TYPE } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { parseConfig } from '../config/read-config-file.js';
import { resolveConfig } from '../config/resolve-config.js';
import { checkReferences } from './check-references.js';

const MCP = 'http://127.0.0.1:8808/mcp';
const REGISTERED = 'https://mail.example';
const KEY =
  '{kty: EC, crv: P-256, x: MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4, y: 4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM, kid: a}';
const KEYS = `jwks: {keys: [${KEY}]}`;

/** Client `a` on line 3, the issuer on line 5. */
async function check({ client = 'redirectUris: [https://a.example/cb]', issuer = '' }): Promise<readonly string[]> {
  const issuers = issuer === '' ? '' : `assertionIssuers:\n  - {issuer: https://idp.example, ${KEYS}, ${issuer}}\n`;
  const text = `upstreams: [{url: http://127.0.0.1:1/mcp}]\nclients:\n  - {clientId: a, clientName: A, ${client}}\n${issuers}`;
  const file = parseConfig('gate.yaml', text);
  const config = resolveConfig(file, {}, { workingDirectory: '/', environment: {} });
  const scopes = [{ name: 'mail', description: 'mail' }];
  const resources = [{ identifier: REGISTERED, displayName: 'Mail', scopes, defaultScopes: ['mail'] }];
  const grants: Readonly<Record<string, readonly string[]>> = { stored: [JWT_BEARER_GRANT_TYPE], other: [] };
  return checkReferences(config, { resources, grantTypesOf: async (id) => grants[id] }, file);
}

const provider = (clients: string): string => `kind: identity_provider, clients: [${clients}]`;
const workload = (resources: string, scopes: string): string =>
  `kind: workload, name: w, identities: [{name: i, claims: {sub: s}, resources: [${resources}], scopes: ["${scopes}"]}]`;
const JWT_BEARER = `grantTypes: [jwt-bearer], ${KEYS}`;
const exchange = (from: string, to: string): string =>
  `grantTypes: [token-exchange], ${KEYS}, tokenExchange: {subjectResources: ["${from}"], targetResources: ["${to}"]}`;

it('takes what refers to upstreams, to what is registered, and to clients with the grant', async () => {
  for (const configuration of [
    {},
    { client: JWT_BEARER, issuer: 'kind: identity_provider' },
    { client: JWT_BEARER, issuer: provider('stored, a') },
    { client: exchange(REGISTERED, `${MCP}/`.slice(0, -1)), issuer: workload(`"${MCP}"`, 'mcp:tools') },
    { issuer: workload(`"${MCP}", "${REGISTERED}"`, 'mail') },
  ]) {
    expect(await check(configuration)).toEqual([]);
  }
});

it.each([
  [
    { client: JWT_BEARER },
    /^gate\.yaml:3:\d+ clients\[0\]\.grantTypes: has jwt-bearer, and assertionIssuers has no identity_provider/,
  ],
  [{ client: JWT_BEARER, issuer: workload(`"${MCP}"`, 'mcp:tools') }, /a workload needs no client/],
  [
    { client: JWT_BEARER, issuer: provider('stored') },
    /clients\[0\]\.grantTypes: .* has this client among its clients$/,
  ],
  [
    { issuer: provider('stored, a') },
    /^gate\.yaml:5:\d+ assertionIssuers\[0\]\.clients\[1\]: is a client without the grant jwt-bearer/,
  ],
  [
    { issuer: workload(`"${MCP}"`, 'mail') },
    /identities\[0\]\.scopes\[0\]: none of its resources has this scope; they have mcp:/,
  ],
])('F-12 stops the start where the configuration contradicts itself: %j', async (configuration, message) => {
  await expect(check(configuration)).rejects.toThrow(message);
});

it.each([
  [
    { issuer: provider('stored, other') },
    ['assertionIssuers[0].clients[1]: is a registered client without the grant jwt-bearer'],
  ],
  [{ issuer: provider('nobody') }, ['assertionIssuers[0].clients[0]: is no client of the configuration, and none']],
  [
    { issuer: workload(`"${MCP}", "${MCP}x"`, 'mail') },
    ['assertionIssuers[0].identities[0].resources[1]: is no upstream, and'],
  ],
  [
    { client: exchange(`${MCP}x`, `${MCP}y`) },
    ['clients[0].tokenExchange.subjectResources[0]: is no', 'targetResources[0]: is no'],
  ],
])('F-12 tells of what may still be registered, with its place: %j', async (configuration, doubts) => {
  expect(await check(configuration)).toEqual(doubts.map((doubt) => expect.stringContaining(doubt)));
  expect((await check(configuration))[0]).toMatch(/^gate\.yaml:[35]:\d+ /);
});
