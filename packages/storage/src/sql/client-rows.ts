import type { Client, ClientDocument, FoundClient, TokenExchangePermission } from '@portcullis/ports';
import type { Selectable } from 'kysely';
import { readList, writeList } from './json-list.js';
import type { ClientTable } from './schema.js';

/** A client that was never used, as a row. */
export function toClientRow(client: Client): ClientTable {
  return {
    tenant_id: client.tenantId,
    client_id: client.clientId,
    source: client.source,
    client_name: client.clientName,
    redirect_uris: writeList(client.redirectUris),
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    client_secret_hash: client.clientSecretHash ?? null,
    jwks: client.jwks ?? null,
    jwks_uri: client.jwksUri ?? null,
    grant_types: writeList(client.grantTypes),
    scopes: client.scopes === undefined ? null : writeList(client.scopes),
    application_type: client.applicationType,
    client_uri: client.clientUri ?? null,
    created_at: client.createdAtEpochSeconds,
    used_at: null,
    document_fingerprint: client.document?.fingerprint ?? null,
    document_fetched_at: client.document?.fetchedAtEpochSeconds ?? null,
    document_fresh_until: client.document?.freshUntilEpochSeconds ?? null,
    document_entity_tag: client.document?.entityTag ?? null,
    requires_pushed_requests: client.requirePushedAuthorizationRequests === true ? 1 : 0,
    dpop_bound_access_tokens: client.dpopBoundAccessTokens === true ? 1 : 0,
    consent_required: client.consentRequired === true ? 1 : 0,
    token_exchange: client.tokenExchange === undefined ? null : JSON.stringify(client.tokenExchange),
    registration_token_hash: client.registrationTokenHash ?? null,
  };
}

/** A client as its row tells of it. */
export function toClient(row: Selectable<ClientTable>): FoundClient {
  return {
    tenantId: row.tenant_id,
    clientId: row.client_id,
    source: row.source,
    clientName: row.client_name,
    redirectUris: readList(row.redirect_uris),
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    clientSecretHash: row.client_secret_hash ?? undefined,
    jwks: row.jwks ?? undefined,
    jwksUri: row.jwks_uri ?? undefined,
    grantTypes: readList(row.grant_types),
    scopes: row.scopes === null ? undefined : readList(row.scopes),
    applicationType: row.application_type,
    clientUri: row.client_uri ?? undefined,
    createdAtEpochSeconds: row.created_at,
    ...(row.requires_pushed_requests === 1 && { requirePushedAuthorizationRequests: true }),
    ...(row.dpop_bound_access_tokens === 1 && { dpopBoundAccessTokens: true }),
    ...(row.consent_required === 1 && { consentRequired: true }),
    ...(row.token_exchange !== null && { tokenExchange: toPermission(row.token_exchange) }),
    ...(row.registration_token_hash !== null && { registrationTokenHash: row.registration_token_hash }),
    document: toDocument(row),
    lastUsedAtEpochSeconds: row.used_at ?? undefined,
  };
}

function toDocument(row: Selectable<ClientTable>): ClientDocument | undefined {
  const { document_fingerprint: fingerprint, document_fetched_at: fetchedAt, document_fresh_until: freshUntil } = row;
  if (fingerprint === null || fetchedAt === null || freshUntil === null) return undefined;
  return {
    fingerprint,
    fetchedAtEpochSeconds: fetchedAt,
    freshUntilEpochSeconds: freshUntil,
    entityTag: row.document_entity_tag ?? undefined,
  };
}

/** Written by {@link toClientRow} alone; the schema's version changes where the form of a permission does. */
function toPermission(text: string): TokenExchangePermission {
  return JSON.parse(text) as TokenExchangePermission;
}
