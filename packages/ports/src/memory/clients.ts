import { CLIENT_USE_NOTED_SECONDS, type Client, type ClientStore, type FoundClient } from '../stores/clients.js';
import { addMark, type ClientRow, endGrants, type MemoryState } from './memory-state.js';

/** {@link ClientStore} in memory. */
export function createClientStore(state: MemoryState): ClientStore {
  return {
    async find(tenantId, clientId) {
      const row = state.clients.get(tenantId, clientId);
      return row && toFound(row);
    },
    async list(tenantId, limit, after) {
      return state.clients
        .rows(tenantId)
        .map(toFound)
        .filter(({ clientId }) => after === undefined || clientId > after)
        .sort((a, b) => (a.clientId < b.clientId ? -1 : 1))
        .slice(0, limit);
    },
    async register(client, event) {
      state.clients.insert(client.tenantId, client.clientId, { client, usedAtEpochSeconds: undefined });
      state.events.push(event);
    },
    async keepDocument(client, changed) {
      const { tenantId, clientId } = client;
      const held = state.clients.get(tenantId, clientId);
      if (held === undefined) {
        state.clients.insert(tenantId, clientId, { client, usedAtEpochSeconds: undefined });
        return 'first';
      }
      if (held.client.source !== 'metadata_document') throw new Error('The id belongs to a client without a document');
      const { createdAtEpochSeconds } = held.client;
      state.clients.put(tenantId, clientId, { ...held, client: { ...client, createdAtEpochSeconds } });
      if (held.client.document?.fingerprint === client.document?.fingerprint) return 'unchanged';
      state.events.push(changed);
      return 'changed';
    },
    async replaceSecret(tenantId, clientId, clientSecretHash, event) {
      const held = state.clients.get(tenantId, clientId);
      if (held?.client.clientSecretHash === undefined) return 'unknown';
      state.clients.put(tenantId, clientId, { ...held, client: { ...held.client, clientSecretHash } });
      state.events.push(event);
      return 'replaced';
    },
    async findByRegistrationToken(tenantId, registrationTokenHash) {
      const row = state.clients
        .rows(tenantId)
        .find(({ client }) => client.registrationTokenHash === registrationTokenHash);
      return row && toFound(row);
    },
    async replaceRegistration(held, client, revocation, event) {
      const { tenantId, clientId } = client;
      const row = state.clients.get(tenantId, clientId);
      const { registrationTokenHash } = held;
      if (row?.client.source !== 'dynamic' || registrationTokenHash === undefined) return 'unknown';
      if (row.client.registrationTokenHash !== registrationTokenHash) return 'unknown';
      if (!saysTheSame(row.client, held)) return 'changed';
      const { source, createdAtEpochSeconds, scopes, consentRequired, tokenExchange } = row.client;
      const { consentRequired: _asked, tokenExchange: _allowed, ...described } = client;
      const kept: Client = {
        ...described,
        ...{ source, createdAtEpochSeconds, registrationTokenHash, scopes },
        ...(consentRequired === undefined ? {} : { consentRequired }),
        ...(tokenExchange === undefined ? {} : { tokenExchange }),
      };
      state.clients.put(tenantId, clientId, { ...row, client: kept });
      if (revocation !== undefined) endGrants(state, tenantId, (one) => one.clientId === clientId, revocation);
      state.events.push(event);
      return 'replaced';
    },
    async revokeRegistrationToken(tenantId, registrationTokenHash, event) {
      const row = state.clients
        .rows(tenantId)
        .find(({ client }) => client.registrationTokenHash === registrationTokenHash);
      if (row === undefined) return 'unknown';
      const { registrationTokenHash: _taken, ...client } = row.client;
      state.clients.put(tenantId, client.clientId, { ...row, client });
      state.events.push(event);
      return 'revoked';
    },
    async noteUse(tenantId, clientId, now) {
      const held = state.clients.get(tenantId, clientId);
      const noted = held?.usedAtEpochSeconds;
      if (held === undefined || (noted !== undefined && noted > now - CLIENT_USE_NOTED_SECONDS)) return;
      state.clients.put(tenantId, clientId, { ...held, usedAtEpochSeconds: now });
    },
    async remove(tenantId, clientId, revocation, event, registrationTokenHash) {
      const held = state.clients.get(tenantId, clientId)?.client;
      if (registrationTokenHash !== undefined && held?.registrationTokenHash !== registrationTokenHash)
        return 'unknown';
      if (state.clients.deleteWhere(tenantId, ({ client }) => client.clientId === clientId) === 0) return 'unknown';
      endGrants(state, tenantId, (one) => one.clientId === clientId, revocation);
      addMark(state, tenantId, 'client', clientId, revocation.now, revocation.markLifetimeSeconds);
      state.events.push(event);
      return 'removed';
    },
  };
}

/** Whether two descriptions of one client are the same, in what it says and in its secret. */
function saysTheSame(one: Client, other: Client): boolean {
  const parts = (client: Client) =>
    JSON.stringify([
      client.clientName,
      client.redirectUris,
      client.tokenEndpointAuthMethod,
      client.clientSecretHash,
      client.jwks,
      client.jwksUri,
      client.grantTypes,
      client.applicationType,
      client.clientUri,
      client.requirePushedAuthorizationRequests === true,
      client.dpopBoundAccessTokens === true,
    ]);
  return parts(one) === parts(other);
}

function toFound({ client, usedAtEpochSeconds }: ClientRow): FoundClient {
  return { ...client, lastUsedAtEpochSeconds: usedAtEpochSeconds };
}
