import type { ResourceDefinition } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { event } from '@portcullis/ports/testing';
import { describe, expect, it } from 'vitest';
import { createResourceDirectory, type ResourceDirectory } from './resource-directory.js';

const resource = (identifier: string, displayName = 'x'): ResourceDefinition => {
  return { identifier, displayName, scopes: [], defaultScopes: [] };
};
const files = resource('https://gate.test/files/mcp');
const mail = resource('https://gate.test/mail/mcp');
const root = resource('https://gate.test');

async function directoryOf(
  configured: readonly ResourceDefinition[],
  registered: readonly ResourceDefinition[] = [],
): Promise<ResourceDirectory> {
  const { resourceServers } = createMemoryStorage();
  for (const one of registered) {
    const credentials = { resourceServerId: `rs ${one.identifier}`, secretHash: 'hash', createdAtEpochSeconds: 0 };
    await resourceServers.add({ tenantId: 'a', resource: one, ...credentials }, event('resource_server.added'));
  }
  return createResourceDirectory(resourceServers, { tenantId: 'a', resources: configured }, nodePlatform.clock);
}

describe.each([
  ['configured', (all: ResourceDefinition[]) => directoryOf(all)],
  ['registered', (all: ResourceDefinition[]) => directoryOf([], all)],
  ['one of each', ([first, ...others]: ResourceDefinition[]) => directoryOf(first ? [first] : [], others)],
])('resources: %s', (_, open) => {
  it('takes the only one when none is named, and asks when there are two', async () => {
    expect(await (await open([files])).choose([])).toEqual({ ok: true, value: files });
    const two = await open([files, mail]);
    expect(await two.choose([])).toEqual({ ok: false, failure: 'resource_missing' });
    expect(await two.list()).toEqual([files, mail]);
  });

  it.each([
    [['https://gate.test/files/mcp']],
    [['HTTPS://GATE.test/files/mcp']],
    [['https://gate.test/files/mcp', 'https://Gate.test/files/mcp']],
  ])('finds one by %j', async (requested) => {
    expect(await (await open([mail, files])).choose(requested)).toEqual({ ok: true, value: files });
  });

  it.each(['https://gate.test', 'https://gate.test/'])('takes %s for the origin', async (requested) => {
    expect(await (await open([files, root])).choose([requested])).toEqual({ ok: true, value: root });
    const slashed = resource('https://gate.test/');
    expect(await (await open([files, slashed])).choose([requested])).toEqual({ ok: true, value: slashed });
  });

  it.each([
    [['https://gate.test/files/mcp', 'https://gate.test/mail/mcp'], 'resource_ambiguous'],
    [['https://gate.test/files/mcp', 'nonsense'], 'resource_ambiguous'],
    [['https://gate.test/files/mcp/'], 'resource_unknown'],
    [['https://gate.test/FILES/mcp'], 'resource_unknown'],
    [['https://gate.test:443/files/mcp'], 'resource_unknown'],
    [['https://gate.test/files/mcp#x'], 'resource_unknown'],
    [['nonsense'], 'resource_unknown'],
  ])('refuses %j as %s', async (requested, failure) => {
    expect(await (await open([files, mail])).choose(requested)).toEqual({ ok: false, failure });
  });

  it('finds what was granted by its exact identifier only', async () => {
    const directory = await open([mail, files]);
    expect(await directory.find(files.identifier)).toEqual(files);
    expect(await directory.find('https://GATE.test/files/mcp')).toBeUndefined();
    expect(await directory.find('https://gate.test/gone')).toBeUndefined();
  });
});

it('lets a configured resource go before a registered one of the same identifier', async () => {
  const directory = await directoryOf([files], [resource(files.identifier, 'another name')]);
  expect(await directory.list()).toEqual([files]);
  expect(await directory.choose([])).toEqual({ ok: true, value: files });
});
