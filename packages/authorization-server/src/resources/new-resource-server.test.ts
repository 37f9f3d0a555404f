import type { ResourceDefinition } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import {
  createResourceServer,
  createResourceServerSecret,
  type NewResourceServer,
  type ResourceDefinitionFailure,
} from './new-resource-server.js';

const scope = (name: string) => ({ name, description: `use ${name}` });
const reports: ResourceDefinition = {
  identifier: 'https://reports.test/mcp',
  displayName: 'Reports',
  scopes: [scope('reports:read'), scope('reports:write')],
  defaultScopes: ['reports:read'],
};

function create(changes: Partial<ResourceDefinition> = {}): NewResourceServer {
  const created = createResourceServer(nodePlatform, 'a', { ...reports, ...changes });
  if (!created.ok) throw new Error(created.failure);
  return created.value;
}

it('makes credentials that nobody else has, and keeps the hash of the secret alone', () => {
  const { resourceServer, secret } = create();
  expect(secret).toMatch(/^pcrs_[A-Za-z0-9_-]{43}$/);
  expect(resourceServer).toEqual({
    tenantId: 'a',
    resourceServerId: expect.stringMatching(/^rs_[A-Za-z0-9_-]{22}$/),
    secretHash: nodePlatform.hash(secret),
    resource: reports,
    createdAtEpochSeconds: expect.any(Number),
  });
  expect(JSON.stringify(resourceServer)).not.toContain(secret);
  const another = create();
  expect(another.secret).not.toBe(secret);
  expect(another.resourceServer.resourceServerId).not.toBe(resourceServer.resourceServerId);
});

it('makes another secret for one that is there', () => {
  const { secret, secretHash } = createResourceServerSecret(nodePlatform);
  expect(secret).toMatch(/^pcrs_[A-Za-z0-9_-]{43}$/);
  expect(secretHash).toBe(nodePlatform.hash(secret));
});

it.each(['https://reports.test', 'https://reports.test/', 'http://localhost:3000/mcp'])(
  'keeps the identifier %s as it was written',
  (identifier) => {
    expect(create({ identifier }).resourceServer.resource.identifier).toBe(identifier);
  },
);

describe('what cannot be registered', () => {
  it.each<[ResourceDefinitionFailure, Partial<ResourceDefinition>]>([
    ['identifier_malformed', { identifier: 'reports' }],
    ['identifier_malformed', { identifier: `https://reports.test/${'x'.repeat(1024)}` }],
    ['identifier_plain_http', { identifier: 'http://reports.test/mcp' }],
    ['identifier_plain_http', { identifier: 'urn:reports' }],
    ['identifier_not_canonical', { identifier: 'https://reports.test/mcp#top' }],
    ['identifier_not_canonical', { identifier: 'https://user@reports.test/mcp' }],
    ['identifier_not_canonical', { identifier: 'https://Reports.test/mcp' }],
    ['identifier_not_canonical', { identifier: 'HTTPS://reports.test/mcp' }],
    ['scopes_missing', { scopes: [], defaultScopes: [] }],
    ['scope_malformed', { scopes: [scope('')], defaultScopes: [''] }],
    ['scope_malformed', { scopes: [scope('two words')], defaultScopes: ['two words'] }],
    ['scope_malformed', { scopes: [scope('quote"')], defaultScopes: ['quote"'] }],
    ['scope_malformed', { scopes: [scope('back\\slash')], defaultScopes: ['back\\slash'] }],
    ['scope_malformed', { scopes: [scope('straße')], defaultScopes: ['straße'] }],
    ['scope_malformed', { scopes: [scope('x'.repeat(129))], defaultScopes: ['x'.repeat(129)] }],
    ['scope_malformed', { scopes: [scope('offline_access')], defaultScopes: ['offline_access'] }],
    ['implied_scope_unknown', { scopes: [{ ...scope('read'), implies: ['raed'] }], defaultScopes: ['read'] }],
    ['implied_scopes_circular', { scopes: [{ ...scope('read'), implies: ['read'] }], defaultScopes: ['read'] }],
    ['scope_repeated', { scopes: [scope('read'), scope('read')], defaultScopes: ['read'] }],
    ['default_scopes_missing', { defaultScopes: [] }],
    ['default_scope_unknown', { defaultScopes: ['reports:read', 'reports:delete'] }],
  ])('%s: %j', (failure, changes) => {
    expect(createResourceServer(nodePlatform, 'a', { ...reports, ...changes })).toEqual({ ok: false, failure });
  });
});
