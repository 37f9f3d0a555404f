import type { ResourceServerStore } from '../stores/resource-servers.js';
import { endGrants, type MemoryState } from './memory-state.js';

/** {@link ResourceServerStore} in memory. */
export function createResourceServerStore(state: MemoryState): ResourceServerStore {
  return {
    async find(tenantId, resourceServerId) {
      return state.resourceServers.rows(tenantId).find((one) => one.resourceServerId === resourceServerId);
    },
    async findByResource(tenantId, identifier) {
      return state.resourceServers.get(tenantId, identifier);
    },
    async list(tenantId) {
      return [...state.resourceServers.rows(tenantId)].sort((a, b) =>
        a.resource.identifier < b.resource.identifier ? -1 : 1,
      );
    },
    async add(resourceServer, event) {
      const { tenantId, resource } = resourceServer;
      if (state.resourceServers.get(tenantId, resource.identifier) !== undefined) return 'exists';
      const isIdTaken = state.resourceServers
        .rows(tenantId)
        .some(({ resourceServerId }) => resourceServerId === resourceServer.resourceServerId);
      if (isIdTaken) throw new Error('A resource server has this id');
      state.resourceServers.insert(tenantId, resource.identifier, resourceServer);
      state.events.push(event);
      return 'added';
    },
    async replaceSecret(tenantId, identifier, secretHash, event) {
      const held = state.resourceServers.get(tenantId, identifier);
      if (held === undefined) return 'unknown';
      state.resourceServers.put(tenantId, identifier, { ...held, secretHash });
      state.events.push(event);
      return 'replaced';
    },
    async remove(tenantId, identifier, revocation, event) {
      const isMeant = ({ resource }: { resource: { identifier: string } }): boolean =>
        resource.identifier === identifier;
      if (state.resourceServers.deleteWhere(tenantId, isMeant) === 0) return 'unknown';
      endGrants(state, tenantId, (one) => one.resource === identifier, revocation);
      state.events.push(event);
      return 'removed';
    },
  };
}
