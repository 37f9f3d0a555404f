import { createResourceServer } from '../resources/new-resource-server.js';
import { FILES, type Form, resources } from './fixtures.js';
import type { TestServer } from './test-server.js';

/** A registered resource server, as it talks to the introspection endpoint. */
export interface TestResourceServer {
  readonly resourceServerId: string;
  readonly secret: string;
  /** Asks by HTTP Basic. */
  introspect(token: string, changes?: Form): Promise<Response>;
  /** What is answered to {@link introspect}. */
  ask(token: string): Promise<Record<string, unknown>>;
}

/** Registers a resource server for one of the fixture's resources, or for another that looks like them. */
export async function addResourceServer(test: TestServer, identifier: string = FILES): Promise<TestResourceServer> {
  const { tenantId, issuer } = test.options;
  const [files] = resources;
  if (files === undefined) throw new Error('The fixture has no resource');
  const created = createResourceServer(test.ports.platform, tenantId, { ...files, identifier });
  if (!created.ok) throw new Error(created.failure);
  const { resourceServer, secret } = created.value;
  const { resourceServerId } = resourceServer;
  await test.storage.resourceServers.add(resourceServer, {
    type: 'resource_server.added',
    outcome: 'allowed',
    tenantId,
    occurredAtEpochSeconds: test.clock.now,
  });
  const path = `${new URL(issuer).pathname.replace(/\/$/, '')}/introspect`;
  const server: TestResourceServer = {
    resourceServerId,
    secret,
    introspect: (token, changes = {}) =>
      test.postForm(path, { token, ...changes }, basicCredentials(resourceServerId, secret)),
    ask: async (token) => (await server.introspect(token)).json() as Promise<Record<string, unknown>>,
  };
  return server;
}

/** The header of HTTP Basic. */
export function basicCredentials(id: string, secret: string): { readonly authorization: string } {
  return { authorization: `Basic ${btoa(`${id}:${secret}`)}` };
}
