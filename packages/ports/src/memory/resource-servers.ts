import { keyOfResource } from '@portcullis/protocol';
import type { ResourceServerStore } from '../stores/resource-servers.js';
import { endGrants, type MemoryState } from './memory-state.js';

/** {@link ResourceServerStore} in memory. */
export function createResourceServerStore(state: MemoryState): ResourceServerStore {
  return {
    async find(tenantId, resourceServerId) {
      return state.resourceServers.rows(tenantId).find((one) => one.resourceServerId === resourceServerId);
    },
    async findByResource(tenantId, identifier) {
      return state.resourceServers.get(tenantId, keyOfResource(identifier));
    },
    async list(tenantId) {
      return [...state.resourceServers.rows(tenantId)].sort((a, b) =>
        keyOfResource(a.resource.identifier) < keyOfResource(b.resource.identifier) ? -1 : 1,
      );
    },
    async add(resourceServer, event) {
      const { tenantId, resource } = resourceServer;
      const key = keyOfResource(resource.identifier);
      if (state.resourceServers.get(tenantId, key) !== undefined) return 'exists';
      const isIdTaken = state.resourceServers
        .rows(tenantId)
        .some(({ resourceServerId }) => resourceServerId === resourceServer.resourceServerId);
      if (isIdTaken) throw new Error('A resource server has this id');
      state.resourceServers.insert(tenantId, key, resourceServer);
      state.events.push(event);
      return 'added';
    },
    async replaceSecret(tenantId, identifier, secretHash, event) {
      const key = keyOfResource(identifier);
      const held = state.resourceServers.get(tenantId, key);
      if (held === undefined) return 'unknown';
      state.resourceServers.put(tenantId, key, { ...held, secretHash });
      state.events.push(event);
      return 'replaced';
    },
    async remove(tenantId, identifier, revocation, event) {
      const held = state.resourceServers.get(tenantId, keyOfResource(identifier));
      if (held === undefined) return 'unknown';
      state.resourceServers.deleteWhere(tenantId, (one) => one === held);
      if (revocation !== undefined) {
        endGrants(state, tenantId, (one) => one.resource === held.resource.identifier, revocation);
      }
      state.events.push(event);
      return 'removed';
    },
  };
}
