import { DEFAULT_REQUESTED_SCOPES, DEFAULT_SCOPES } from '@portcullis/policy';
import { expect, it } from 'vitest';
import { configuredResources, findConfigured } from './configured-resources.js';
import { resolveManagementConfig } from './management-config.js';
import { parseConfig } from './read-config-file.js';
import { resolveConfig } from './resolve-config.js';

const surroundings = { workingDirectory: '/', environment: {} };
const resourcesOf = (text: string) =>
  configuredResources(resolveManagementConfig(parseConfig('gate.yaml', text), undefined, surroundings));

it.each([
  ['upstreams: [{url: "http://127.0.0.1:9/mcp"}]'],
  ['port: 9000\nhost: "::1"\nupstreams: [{url: "http://127.0.0.1:9/mcp"}]'],
  ['tls: {cert: c, key: k}\nupstreams: [{url: "http://127.0.0.1:9/mcp"}]'],
  ['publicUrl: https://G.test/\nupstreams: [{name: a, command: x}, {name: b, command: y}]'],
])('finds the identifiers that the gate has with the configuration %j', (text) => {
  const { upstreams } = resolveConfig(parseConfig('gate.yaml', text), {}, surroundings);
  expect(resourcesOf(text).map(({ resource }) => resource.identifier)).toEqual(
    upstreams.map(({ resource }) => resource),
  );
});

it('knows name and scopes, built-in ones as well, and where they stand; needs no secret for it', () => {
  const scopes = '[{name: read, description: Read}]';
  const text = `publicUrl: https://g.test\nupstreams:\n  - {name: a, url: 'http://127.0.0.1:9/mcp', headers: {x: {env: UNSET}}}
  - {name: b, command: y, displayName: Bee, scopes: ${scopes}}`;
  const [first, second] = resourcesOf(text);
  expect(first).toMatchObject({
    place: 'upstreams[0]',
    resource: { displayName: 'a', scopes: DEFAULT_SCOPES, defaultScopes: DEFAULT_REQUESTED_SCOPES },
  });
  expect(second).toMatchObject({ place: 'upstreams[1]', resource: { displayName: 'Bee', defaultScopes: ['read'] } });
  expect(findConfigured(resourcesOf(text), 'https://G.test/b/mcp')).toEqual(second);
  expect(findConfigured(resourcesOf(text), 'https://g.test/c/mcp')).toBeUndefined();
});

it('knows none without a configuration, or where the command line of the gate says its address', () => {
  expect(configuredResources(resolveManagementConfig(undefined, undefined, surroundings))).toEqual([]);
  expect(resourcesOf('host: 0.0.0.0\nupstreams: [{url: "http://127.0.0.1:9/mcp"}]')).toEqual([]);
});
