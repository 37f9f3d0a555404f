import { nodePlatform } from '@portcullis/ports/node';
import { type OwnServer, startOwnServer } from '../support/own-server.js';
import { FILES, INTROSPECTOR, OWN_CLIENTS, OWN_RESOURCES } from './clients.js';

/** Our server with the clients of the table and a resource server, ready to be judged. */
export async function startJudgedServer(): Promise<OwnServer> {
  const server = await startOwnServer({ resources: OWN_RESOURCES, configuredClients: OWN_CLIENTS });
  const now = nodePlatform.clock.nowEpochSeconds();
  await server.storage.resourceServers.add(
    {
      tenantId: 'default',
      resourceServerId: INTROSPECTOR.clientId,
      secretHash: nodePlatform.hash(INTROSPECTOR.secret),
      // The configured resource of the same identifier goes before its words and scopes.
      resource: { identifier: FILES, displayName: FILES, scopes: [], defaultScopes: [] },
      createdAtEpochSeconds: now,
    },
    { type: 'resource_server.added', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: now },
  );
  return server;
}
