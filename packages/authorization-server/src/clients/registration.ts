import { base64Url, type Client, type Platform, randomSecret } from '@portcullis/ports';
import {
  fail,
  formatPublicJwkSet,
  type JsonValue,
  keepAllowedRedirectUris,
  NAMELESS_CLIENT,
  parseStrictJson,
  type RedirectUri,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { type ClientMetadata, parseClientMetadata } from '@portcullis/protocol/client-metadata';
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
  ports: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): Result<AcceptedRegistration, RefusalReason> {
  const json = parseRegistrationBody(body);
  return json.ok ? checkRegisteredMetadata(json.value, settings, ports) : json;
}

/** The JSON of a registration, whatever it says. Each member comes once; one named `__proto__` is none that is known, and left out. */
export function parseRegistrationBody(body: string): Result<JsonValue, 'client_metadata_malformed'> {
  const json = parseStrictJson(body, { maxDepth: MAX_JSON_DEPTH, dropsProto: true });
  return json.ok ? succeed(json.value.value) : fail('client_metadata_malformed');
}

/** The same as {@link checkRegistration}, of a body that was parsed. */
export function checkRegisteredMetadata(
  body: JsonValue,
  settings: Pick<Settings, 'redirectSchemes'>,
  { untrustedFetch }: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): Result<AcceptedRegistration, RefusalReason> {
  const statementProblem = findSoftwareStatementProblem(body);
  if (statementProblem !== undefined) return fail(statementProblem);
  const metadata = parseClientMetadata(body);
  if (!metadata.ok) return metadata;
  if (metadata.value.jwksUri !== undefined && untrustedFetch === undefined) return fail('client_keys_unreachable');
  const redirectUris = keepAllowedRedirectUris(metadata.value.redirectUris, settings.redirectSchemes);
  return redirectUris.length === 0
    ? fail('redirect_uris_refused')
    : succeed({ metadata: metadata.value, redirectUris });
}

/** A client as it will be stored, and the secrets that only the client will know. */
export interface NewClient {
  readonly client: Client;
  readonly clientSecret: string | undefined;
  /** By which it manages its registration (RFC 7592 §3); undefined where it cannot. */
  readonly registrationToken: string | undefined;
}

/** Makes the client of an accepted registration. Its id is ours and random, and can never look like a URL. */
export function createDynamicClient(
  accepted: AcceptedRegistration,
  platform: Platform,
  { tenantId, registrationManagement }: Pick<Settings, 'tenantId' | 'registrationManagement'>,
): NewClient {
  const clientSecret = newClientSecret(accepted, platform);
  const registrationToken = registrationManagement ? randomSecret(platform.random, 'pcm_') : undefined;
  const client = describeDynamicClient(accepted, {
    tenantId,
    clientId: `client_${base64Url(platform.random.bytes(16))}`,
    clientSecretHash: clientSecret === undefined ? undefined : platform.hash(clientSecret),
    createdAtEpochSeconds: platform.clock.nowEpochSeconds(),
    scopes: undefined,
    ...(registrationToken === undefined ? {} : { registrationTokenHash: platform.hash(registrationToken) }),
  });
  return { client, clientSecret, registrationToken };
}

/** A secret for a client whose method uses one. */
export function newClientSecret({ metadata }: AcceptedRegistration, { random }: Platform): string | undefined {
  return usesClientSecret(metadata.tokenEndpointAuthMethod) ? randomSecret(random, 'pcs_') : undefined;
}

/** What a client that registers itself does not say of itself. */
export type GivenToDynamicClient = Pick<
  Client,
  | 'tenantId'
  | 'clientId'
  | 'clientSecretHash'
  | 'createdAtEpochSeconds'
  | 'registrationTokenHash'
  | 'scopes'
  | 'consentRequired'
  | 'tokenExchange'
>;

/** The client that an accepted registration describes. */
export function describeDynamicClient(
  { metadata, redirectUris }: AcceptedRegistration,
  given: GivenToDynamicClient,
): Client {
  const { keys } = metadata;
  return {
    ...given,
    source: 'dynamic',
    clientName: metadata.clientName ?? NAMELESS_CLIENT,
    redirectUris: redirectUris.map(({ uri }) => uri),
    tokenEndpointAuthMethod: metadata.tokenEndpointAuthMethod,
    jwks: keys === undefined ? undefined : JSON.stringify(formatPublicJwkSet(keys)),
    jwksUri: metadata.jwksUri,
    grantTypes: metadata.grantTypes,
    applicationType: applicationTypeOf(metadata.applicationType, redirectUris),
    clientUri: metadata.clientUri,
    ...selfRestraints(metadata),
    document: undefined,
  };
}

/**
 * The wire form of what was stored (RFC 7591 §3.2.1, RFC 7592 §3). A secret is in it when it was just made: later there is
 * its hash alone.
 *
 * @param clientConfigurationUrl - the client configuration endpoint, where the client names itself in the query
 */
export function formatRegistrationResponse(
  { client, clientSecret, registrationToken }: NewClient,
  clientConfigurationUrl: string,
): object {
  return {
    client_id: client.clientId,
    client_id_issued_at: client.createdAtEpochSeconds,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret, client_secret_expires_at: 0 }),
    ...(registrationToken === undefined
      ? {}
      : {
          registration_access_token: registrationToken,
          registration_client_uri: `${clientConfigurationUrl}?client_id=${encodeURIComponent(client.clientId)}`,
        }),
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
