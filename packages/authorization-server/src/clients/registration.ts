import { base64Url, type Client, type Platform, randomSecret } from '@portcullis/ports';
import {
  type ClientMetadata,
  fail,
  formatPublicJwkSet,
  keepAllowedRedirectUris,
  NAMELESS_CLIENT,
  parseClientMetadata,
  parseStrictJson,
  type RedirectUri,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { AuthorizationServerPorts } from '../options.js';
import type { RefusalReason } from '../refusals.js';
import type { Settings } from '../settings.js';
import { applicationTypeOf } from './application-type.js';
import { usesClientSecret } from './client-secret-methods.js';
import { selfRestraints } from './self-restraints.js';
import { findSoftwareStatementProblem } from './software-statement.js';

/** Registration requests are nearly flat. */
const MAX_JSON_DEPTH = 8;

/** A registration that may be stored. */
export interface AcceptedRegistration {
  readonly metadata: ClientMetadata;
  /** Those that are allowed, as they were written. */
  readonly redirectUris: readonly RedirectUri[];
}

/**
 * Decides on the body of a registration request (RFC 7591 §3.1). Redirect URIs that are not allowed are left out, and
 * the response says which were stored: several applications list a private-use scheme beside the loopback one they use.
 * Refused when none remains.
 *
 * Keys at an address are refused where nothing may go there: the client could never authenticate.
 */
export function checkRegistration(
  body: string,
  settings: Pick<Settings, 'redirectSchemes'>,
  { untrustedFetch }: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): Result<AcceptedRegistration, RefusalReason> {
  const json = parseStrictJson(body, { maxDepth: MAX_JSON_DEPTH });
  if (!json.ok) return fail('client_metadata_malformed');
  const statementProblem = findSoftwareStatementProblem(json.value.value);
  if (statementProblem !== undefined) return fail(statementProblem);
  const metadata = parseClientMetadata(json.value.value);
  if (!metadata.ok) return metadata;
  if (metadata.value.jwksUri !== undefined && untrustedFetch === undefined) return fail('client_keys_unreachable');
  const redirectUris = keepAllowedRedirectUris(metadata.value.redirectUris, settings.redirectSchemes);
  return redirectUris.length === 0
    ? fail('redirect_uris_refused')
    : succeed({ metadata: metadata.value, redirectUris });
}

/** A client as it will be stored, and the secret that only the client will know. */
export interface NewClient {
  readonly client: Client;
  readonly clientSecret: string | undefined;
}

/** Makes the client of an accepted registration. Its id is ours and random, and can never look like a URL. */
export function createDynamicClient(
  { metadata, redirectUris }: AcceptedRegistration,
  platform: Platform,
  settings: Pick<Settings, 'tenantId'>,
): NewClient {
  const { tokenEndpointAuthMethod, keys } = metadata;
  const clientSecret = usesClientSecret(tokenEndpointAuthMethod) ? randomSecret(platform.random, 'pcs_') : undefined;
  const client: Client = {
    tenantId: settings.tenantId,
    clientId: `client_${base64Url(platform.random.bytes(16))}`,
    source: 'dynamic',
    clientName: metadata.clientName ?? NAMELESS_CLIENT,
    redirectUris: redirectUris.map(({ uri }) => uri),
    tokenEndpointAuthMethod,
    clientSecretHash: clientSecret === undefined ? undefined : platform.hash(clientSecret),
    jwks: keys === undefined ? undefined : JSON.stringify(formatPublicJwkSet(keys)),
    jwksUri: metadata.jwksUri,
    grantTypes: metadata.grantTypes,
    scopes: undefined,
    applicationType: applicationTypeOf(metadata.applicationType, redirectUris),
    clientUri: metadata.clientUri,
    createdAtEpochSeconds: platform.clock.nowEpochSeconds(),
    ...selfRestraints(metadata),
    document: undefined,
  };
  return { client, clientSecret };
}

/** The wire form of what was stored (RFC 7591 §3.2.1). */
export function formatRegistrationResponse({ client, clientSecret }: NewClient): object {
  return {
    client_id: client.clientId,
    client_id_issued_at: client.createdAtEpochSeconds,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret, client_secret_expires_at: 0 }),
    client_name: client.clientName,
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    ...(client.jwks === undefined ? {} : { jwks: JSON.parse(client.jwks) }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
    grant_types: client.grantTypes,
    response_types: ['code'],
    application_type: client.applicationType,
    ...(client.clientUri === undefined ? {} : { client_uri: client.clientUri }),
    ...(client.dpopBoundAccessTokens === true ? { dpop_bound_access_tokens: true } : {}),
    ...(client.requirePushedAuthorizationRequests === true ? { require_pushed_authorization_requests: true } : {}),
  };
}
